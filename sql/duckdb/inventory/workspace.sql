-- workspace: one WorkSpace with its client and all that is known of it.
-- grain: one row per workspace_id
-- units: volumes in GiB, auto_stop_timeout_min in minutes, instants UTC
-- params: $workspace_id text
-- source: workspaces, accounts
SELECT w.*, a.client_name, a.account_name
FROM workspaces AS w
JOIN accounts AS a ON a.account_id = w.account_id
WHERE w.workspace_id = $workspace_id
