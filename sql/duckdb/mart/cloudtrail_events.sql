-- cloudtrail_events: who did what to WorkSpaces; an event that names several WorkSpaces has a row for each.
-- grain: one row per (event_id, workspace_id)
-- source: mirror, cloudtrail_events and cloudtrail_event_workspaces
SELECT e.event_id, e.event_name, e.event_time, coalesce(x.workspace_id, e.workspace_id) AS workspace_id, e.user_identity,
       e.request_parameters, e.account_id, e.region, e.actor_type, e.source_ip, coalesce(x.item_error, e.error_code) AS error_code,
       x.relation
FROM mirror.cloudtrail_events AS e
LEFT JOIN mirror.cloudtrail_event_workspaces AS x ON x.event_id = e.event_id
WHERE e.account_id IN (SELECT account_id FROM scope_accounts)
ORDER BY e.event_time, e.event_id
