-- workspace_events: who did what to one WorkSpace, newest first.
-- grain: one row per event_id and relation, at most $most_rows
-- units: instants UTC
-- params: $workspace_id text, $most_rows integer
-- source: cloudtrail_events
SELECT event_id, event_name, event_time, user_identity, actor_type, relation, error_code
FROM cloudtrail_events
WHERE workspace_id = $workspace_id
ORDER BY event_time DESC, event_id
LIMIT $most_rows
