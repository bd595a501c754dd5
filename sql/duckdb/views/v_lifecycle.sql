-- v_lifecycle: birth and end of each WorkSpace, by whom, and how we know.
-- grain: one row per workspace_id
-- units: instants UTC
-- source: workspaces, accounts
SELECT w.workspace_id, w.account_id, a.client_name, w.region, w.user_name, w.display_name, w.state,
       w.created_at, w.created_at_source, w.created_by, w.terminated_at, w.terminated_at_source, w.terminated_by,
       w.replaced_by_workspace_id, w.first_seen_at, w.last_seen_at
FROM workspaces AS w
JOIN accounts AS a ON a.account_id = w.account_id
