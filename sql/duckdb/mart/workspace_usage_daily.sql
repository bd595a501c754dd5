-- workspace_usage_daily: connected minutes per WorkSpace and day.
-- grain: one row per (workspace_id, day) on which CloudWatch delivered points
-- units: connected_min in minutes
-- source: mirror, workspace_usage_daily
SELECT d.workspace_id, d.day, d.account_id, d.connected_min, d.points_received
FROM mirror.workspace_usage_daily AS d
WHERE d.account_id IN (SELECT account_id FROM scope_accounts)
ORDER BY d.day, d.workspace_id
