-- gone_tags: removes the tags that WorkSpaces of the inventory no longer carry; those of terminated ones stay as they were.
-- grain: one row per (workspace_id, key) that is not in staged_workspace_tags
-- params: account_id, region
DELETE FROM workspace_tags AS t
USING staged_workspaces AS w
WHERE w.workspace_id = t.workspace_id AND t.account_id = %(account_id)s
  AND NOT EXISTS (SELECT FROM staged_workspace_tags AS s WHERE s.workspace_id = t.workspace_id AND s.key = t.key)
