-- running_modes: WorkSpaces that are alive by running mode and region, with what they cost in the last complete month.
-- grain: one row per (running_mode, region)
-- units: last_month_cost in the currency of the bill
-- source: workspaces, billing_data, mart_info
WITH last_month AS (
    SELECT workspace_id, sum(amount) AS cost
    FROM billing_data
    WHERE billing_period = (SELECT date_trunc('month', max(snapshot_at))::DATE - INTERVAL 1 MONTH FROM mart_info)
    GROUP BY workspace_id
)
SELECT coalesce(w.running_mode, 'MANUAL') AS running_mode, w.region, count(*) AS workspaces,
       coalesce(sum(m.cost), 0) AS last_month_cost
FROM workspaces AS w
LEFT JOIN last_month AS m ON m.workspace_id = w.workspace_id
WHERE w.terminated_at IS NULL AND w.is_in_inventory
GROUP BY coalesce(w.running_mode, 'MANUAL'), w.region
ORDER BY running_mode, w.region
