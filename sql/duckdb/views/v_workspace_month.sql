-- v_workspace_month: cost by fee class and hours of each WorkSpace per month.
-- grain: one row per (workspace_id, month) with a bill or with use
-- units: costs in USD, hours in hours
-- source: billing_data, workspace_usage, workspaces, accounts
WITH cost AS (
    SELECT workspace_id, billing_period AS month, sum(amount) AS cost,
           sum(CASE WHEN fee_class = 'alwayson_month' THEN amount ELSE 0 END) AS always_on_cost,
           sum(CASE WHEN fee_class = 'autostop_base' THEN amount ELSE 0 END) AS auto_stop_base_cost,
           sum(CASE WHEN fee_class = 'autostop_hours' THEN amount ELSE 0 END) AS auto_stop_hours_cost,
           sum(CASE WHEN fee_class = 'licence' THEN amount ELSE 0 END) AS licence_cost,
           sum(CASE WHEN fee_class = 'storage' THEN amount ELSE 0 END) AS storage_cost
    FROM billing_data
    WHERE workspace_id IS NOT NULL
    GROUP BY workspace_id, billing_period
)
SELECT coalesce(c.workspace_id, u.workspace_id) AS workspace_id, coalesce(c.month, u.month) AS month,
       w.account_id, a.client_name, w.region, w.user_name, w.display_name, w.running_mode, w.compute_type, w.state,
       coalesce(c.cost, 0) AS cost, coalesce(c.always_on_cost, 0) AS always_on_cost,
       coalesce(c.auto_stop_base_cost, 0) AS auto_stop_base_cost,
       coalesce(c.auto_stop_hours_cost, 0) AS auto_stop_hours_cost,
       coalesce(c.licence_cost, 0) AS licence_cost, coalesce(c.storage_cost, 0) AS storage_cost,
       u.usage_hours, u.usage_source, u.connected_hours, u.billed_hours, u.active_days
FROM cost AS c
FULL JOIN workspace_usage AS u ON u.workspace_id = c.workspace_id AND u.month = c.month
JOIN workspaces AS w ON w.workspace_id = coalesce(c.workspace_id, u.workspace_id)
JOIN accounts AS a ON a.account_id = w.account_id
