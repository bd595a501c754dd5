-- hours_by_month: hours of use of all WorkSpaces in each of the last months, the running month included.
-- grain: one row per month with use
-- units: usage_hours in hours
-- params: $months integer
-- source: workspace_usage, mart_info
SELECT u.month, sum(u.usage_hours) AS usage_hours, count(*) FILTER (WHERE u.usage_hours > 0) AS used_workspaces,
       count(*) AS workspaces
FROM workspace_usage AS u
WHERE u.month > (SELECT date_trunc('month', max(snapshot_at))::DATE FROM mart_info) - to_months($months)
GROUP BY u.month
ORDER BY u.month
