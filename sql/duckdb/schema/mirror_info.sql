-- mirror_info: which state of the record the mirror holds.
-- grain: one row
-- source: PostgreSQL, its snapshot
CREATE TABLE mirror_info (
    snapshot_at TIMESTAMPTZ,
    low UBIGINT,
    system_identifier VARCHAR
)
