-- v_unused: WorkSpaces that are alive and that nobody has connected to for 30 days or ever, with what they cost.
-- grain: one row per workspace_id
-- units: last_month_cost in USD for the last complete month; idle_days in days, NULL when never connected
-- source: workspaces, accounts, billing_data, mart_info
WITH present AS (
    SELECT max(snapshot_at) AS at_instant FROM mart_info
),
last_month AS (
    SELECT workspace_id, sum(amount) AS cost
    FROM billing_data
    WHERE billing_period = (SELECT date_trunc('month', at_instant)::DATE - INTERVAL 1 MONTH FROM present)
    GROUP BY workspace_id
)
SELECT w.workspace_id, w.account_id, a.client_name, w.region, w.user_name, w.display_name, w.running_mode, w.compute_type,
       w.created_at, w.last_connected_at, w.last_connected_at IS NULL AS is_never_connected,
       date_diff('day', w.last_connected_at, p.at_instant) AS idle_days, coalesce(m.cost, 0) AS last_month_cost
FROM workspaces AS w
CROSS JOIN present AS p
JOIN accounts AS a ON a.account_id = w.account_id
LEFT JOIN last_month AS m ON m.workspace_id = w.workspace_id
WHERE w.terminated_at IS NULL AND w.is_in_inventory AND coalesce(w.standby_role, '') <> 'STANDBY'
  AND (w.last_connected_at IS NULL OR w.last_connected_at < p.at_instant - INTERVAL 30 DAY)
  AND (w.created_at IS NULL OR w.created_at < p.at_instant - INTERVAL 30 DAY)
