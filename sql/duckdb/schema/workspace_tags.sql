-- workspace_tags: the mirror's copy of the record's tags.
-- grain: one row per (workspace_id, key)
-- source: PostgreSQL, workspace_tags
CREATE TABLE workspace_tags (
    workspace_id VARCHAR,
    account_id VARCHAR,
    key VARCHAR,
    value VARCHAR
)
