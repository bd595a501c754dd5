-- cloudtrail_event_workspaces: the mirror's copy of the record's WorkSpaces of events.
-- grain: one row per (event_id, workspace_id, relation)
-- source: PostgreSQL, cloudtrail_event_workspaces
CREATE TABLE cloudtrail_event_workspaces (
    event_id VARCHAR,
    workspace_id VARCHAR,
    relation VARCHAR,
    item_error VARCHAR
)
