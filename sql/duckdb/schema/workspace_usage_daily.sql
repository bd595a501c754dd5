-- workspace_usage_daily: the mirror's copy of the record's connected minutes.
-- grain: one row per (workspace_id, day)
-- source: PostgreSQL, workspace_usage_daily
CREATE TABLE workspace_usage_daily (
    workspace_id VARCHAR,
    account_id VARCHAR,
    day DATE,
    connected_min INTEGER,
    points_received INTEGER
)
