-- missing_workspaces: marks the WorkSpaces that a complete read of their account and region did not show.
-- grain: one row per workspace_id of the account and region that is not in staged_workspaces
-- params: account_id, region, now
UPDATE workspaces AS w
SET missing_since = coalesce(w.missing_since, %(now)s), missing_syncs = w.missing_syncs + 1
WHERE w.account_id = %(account_id)s AND w.region = %(region)s AND w.terminated_at IS NULL
  AND NOT EXISTS (SELECT FROM staged_workspaces AS s WHERE s.workspace_id = w.workspace_id)
