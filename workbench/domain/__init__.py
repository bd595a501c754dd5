"""Frozen records and pure calculations of the field: WorkSpaces, running modes, fee classes, scopes. No I/O here."""
