-- workspace_usage: hours of use per WorkSpace and month.
-- grain: one row per (workspace_id, month)
-- units: hours; coverage_pct is the share of 5-minute points that CloudWatch delivered, in percent
-- source: mirror, workspace_usage
SELECT u.workspace_id, u.month, u.account_id, u.usage_hours, u.usage_source, u.connected_hours, u.billed_hours, u.active_days,
       u.coverage_pct, u.is_final
FROM mirror.workspace_usage AS u
WHERE u.account_id IN (SELECT account_id FROM scope_accounts)
ORDER BY u.month, u.workspace_id
