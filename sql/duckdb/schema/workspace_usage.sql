-- workspace_usage: the mirror's copy of the record's hours of use.
-- grain: one row per (workspace_id, month)
-- source: PostgreSQL, workspace_usage
CREATE TABLE workspace_usage (
    workspace_id VARCHAR,
    account_id VARCHAR,
    month DATE,
    usage_hours DECIMAL(10, 4),
    usage_source VARCHAR,
    connected_hours DECIMAL(10, 4),
    billed_hours DECIMAL(10, 4),
    active_days SMALLINT,
    coverage_pct DECIMAL(5, 2),
    is_final BOOLEAN
)
