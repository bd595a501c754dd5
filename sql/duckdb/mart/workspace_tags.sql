-- workspace_tags: AWS tags of the WorkSpaces in scope.
-- grain: one row per (workspace_id, key)
-- source: mirror, workspace_tags
SELECT t.workspace_id, t.account_id, t.key AS tag_key, t.value AS tag_value
FROM mirror.workspace_tags AS t
WHERE t.account_id IN (SELECT account_id FROM scope_accounts)
ORDER BY t.workspace_id, t.key
