-- hours_against_cost: hours and cost of WorkSpaces in the last complete month; an even sample when there are many.
-- grain: one row per workspace_id billed or used in that month, at most $most_rows
-- units: usage_hours in hours, cost in the currency of the bill
-- params: $most_rows integer
-- source: v_workspace_month, mart_info
SELECT v.workspace_id, v.client_name, v.user_name, v.running_mode, v.compute_type, coalesce(v.usage_hours, 0) AS usage_hours,
       v.cost
FROM v_workspace_month AS v
WHERE v.month = (SELECT date_trunc('month', max(snapshot_at))::DATE - INTERVAL 1 MONTH FROM mart_info)
ORDER BY hash(v.workspace_id), v.workspace_id
LIMIT $most_rows
