-- measured_workspaces: the WorkSpaces of an account and region that may have been used since a day.
-- grain: one row per workspace_id
-- params: account_id, region, start
SELECT workspace_id
FROM workspaces
WHERE account_id = %(account_id)s AND region = %(region)s AND (terminated_at IS NULL OR terminated_at >= %(start)s)
ORDER BY workspace_id
