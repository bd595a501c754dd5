"""Small frames for charts."""

from __future__ import annotations

from datetime import date

import pandas as pd

SEP, OCT = date(2026, 9, 1), date(2026, 10, 1)

COST = pd.DataFrame(
    [(SEP, "Acme", 10.0), (SEP, "Globex", 20.0), (OCT, "Acme", 11.0), (OCT, "Globex", 22.0)],
    columns=["month", "client_name", "cost"],
)

POINTS = pd.DataFrame(
    [
        ("ws-1", "Acme", "ann", "ALWAYS_ON", "STANDARD", 10.0, 35.0),
        ("ws-2", "Acme", "bob", "AUTO_STOP", "STANDARD", 90.0, 37.0),
        ("ws-3", "Globex", None, None, "POWER", 0.0, 0.0),
    ],
    columns=["workspace_id", "client_name", "user_name", "running_mode", "compute_type", "usage_hours", "cost"],
)
