-- workspace_months: cost by fee class and hours of one WorkSpace, month by month, newest first.
-- grain: one row per month with a bill or with use
-- units: costs in the currency of the bill, hours in hours
-- params: $workspace_id text
-- source: v_workspace_month
SELECT month, cost, always_on_cost, auto_stop_base_cost, auto_stop_hours_cost, licence_cost, storage_cost, usage_hours,
       usage_source, connected_hours, billed_hours, active_days
FROM v_workspace_month
WHERE workspace_id = $workspace_id
ORDER BY month DESC
