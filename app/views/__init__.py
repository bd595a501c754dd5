"""Panel views: each builds its layout once and updates objects."""
