-- workspaces: every WorkSpace of the accounts in scope, alive or gone.
-- grain: one row per workspace_id
-- units: volumes in GiB, auto_stop_timeout_min in minutes, instants UTC
-- source: mirror, workspaces
SELECT w.workspace_id, w.account_id, w.region, w.directory_id, w.user_name, coalesce(w.display_name, w.user_name) AS display_name,
       w.state, w.bundle_id, w.running_mode, w.compute_type, w.os_name, w.root_volume_gib, w.user_volume_gib,
       w.auto_stop_timeout_min, w.computer_name, w.error_code, w.standby_role, w.related_workspace_id,
       w.replaced_by_workspace_id, w.connection_state, w.last_connected_at, w.created_at, w.created_at_source, w.created_by,
       w.terminated_at, w.terminated_at_source, w.terminated_by, w.first_seen_at, w.last_seen_at, w.is_in_inventory
FROM mirror.workspaces AS w
WHERE w.account_id IN (SELECT account_id FROM scope_accounts)
ORDER BY w.account_id, w.workspace_id
