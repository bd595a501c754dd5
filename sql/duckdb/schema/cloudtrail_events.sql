-- cloudtrail_events: the mirror's copy of the record's events.
-- grain: one row per event_id
-- source: PostgreSQL, cloudtrail_events
CREATE TABLE cloudtrail_events (
    event_id VARCHAR,
    account_id VARCHAR,
    region VARCHAR,
    event_name VARCHAR,
    event_time TIMESTAMPTZ,
    workspace_id VARCHAR,
    user_identity VARCHAR,
    actor_type VARCHAR,
    source_ip VARCHAR,
    error_code VARCHAR,
    request_parameters JSON,
    response_elements JSON
)
