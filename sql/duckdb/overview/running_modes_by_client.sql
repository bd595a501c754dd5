-- running_modes_by_client: WorkSpaces that are alive, by client and running mode.
-- grain: one row per (client_name, running_mode)
-- source: workspaces, accounts
SELECT a.client_name, coalesce(w.running_mode, 'MANUAL') AS running_mode, count(*) AS workspaces
FROM workspaces AS w
JOIN accounts AS a ON a.account_id = w.account_id
WHERE w.terminated_at IS NULL AND w.is_in_inventory
GROUP BY a.client_name, coalesce(w.running_mode, 'MANUAL')
ORDER BY a.client_name, running_mode
