-- usage_months: works out hours of use per WorkSpace and month from connected days and billed AutoStop hours.
-- grain: one row per (workspace_id, month) that was new or changed: is_new
-- units: hours; coverage_pct percent of the 5-minute points of the days that the WorkSpace lived in the month
-- params: account_id, region (NULL: all), month_from and month_to (the 1st, half-open), today (UTC)
-- Billed hours are AWS's truth where there are any; WorkSpaces that are always on have none, so there it is connected time.
WITH months AS (
    SELECT month::date AS month, (month + interval '1 month')::date AS month_end
    FROM generate_series(%(month_from)s::timestamp, %(month_to)s::timestamp - interval '1 day', interval '1 month') AS month
),
connected AS (
    SELECT d.workspace_id, date_trunc('month', d.day)::date AS month, sum(d.connected_min) AS minutes,
           count(*) FILTER (WHERE d.connected_min > 0) AS active_days, sum(d.points_received) AS points
    FROM workspace_usage_daily AS d
    WHERE d.account_id = %(account_id)s AND d.day >= %(month_from)s AND d.day < %(month_to)s
    GROUP BY d.workspace_id, date_trunc('month', d.day)
),
billed AS (
    SELECT b.workspace_id, b.billing_period AS month, sum(b.usage_quantity) AS hours
    FROM billing_data AS b
    WHERE b.account_id = %(account_id)s AND b.source = 'cur2' AND b.fee_class = 'autostop_hours'
      AND b.billing_period >= %(month_from)s AND b.billing_period < %(month_to)s AND b.workspace_id IS NOT NULL
    GROUP BY b.workspace_id, b.billing_period
),
estimated AS (
    SELECT DISTINCT b.billing_period AS month
    FROM billing_data AS b
    WHERE b.account_id = %(account_id)s AND b.is_estimated AND b.source IN ('cur2', 'focus')
      AND b.billing_period >= %(month_from)s AND b.billing_period < %(month_to)s
),
worked_out AS (
    SELECT w.workspace_id, w.account_id, m.month,
           CASE WHEN b.hours > 0 THEN round(b.hours, 4) ELSE round(coalesce(c.minutes, 0) / 60.0, 4) END AS usage_hours,
           CASE WHEN b.hours > 0 THEN 'cur' ELSE 'cloudwatch' END AS usage_source,
           round(c.minutes / 60.0, 4) AS connected_hours, round(b.hours, 4) AS billed_hours, c.active_days,
           CASE WHEN c.points IS NOT NULL THEN
               least(100, round(100.0 * c.points / (288 * greatest(1,
                   least(m.month_end, %(today)s, coalesce(w.terminated_at::date + 1, m.month_end))
                   - greatest(m.month, coalesce(w.created_at::date, m.month)))), 2)) END AS coverage_pct,
           m.month_end <= %(today)s AND e.month IS NULL AS is_final
    FROM months AS m
    JOIN workspaces AS w ON w.account_id = %(account_id)s AND (%(region)s::text IS NULL OR w.region = %(region)s)
    LEFT JOIN connected AS c ON c.workspace_id = w.workspace_id AND c.month = m.month
    LEFT JOIN billed AS b ON b.workspace_id = w.workspace_id AND b.month = m.month
    LEFT JOIN estimated AS e ON e.month = m.month
    WHERE c.workspace_id IS NOT NULL OR b.workspace_id IS NOT NULL
)
INSERT INTO workspace_usage AS t (workspace_id, account_id, month, usage_hours, usage_source, connected_hours, billed_hours,
                                  active_days, coverage_pct, is_final)
SELECT workspace_id, account_id, month, usage_hours, usage_source, connected_hours, billed_hours, active_days, coverage_pct,
       is_final
FROM worked_out
ORDER BY workspace_id, month
ON CONFLICT (workspace_id, month) DO UPDATE
SET usage_hours = excluded.usage_hours, usage_source = excluded.usage_source, connected_hours = excluded.connected_hours,
    billed_hours = excluded.billed_hours, active_days = excluded.active_days, coverage_pct = excluded.coverage_pct,
    is_final = excluded.is_final
WHERE (t.usage_hours, t.usage_source, t.connected_hours, t.billed_hours, t.active_days, t.coverage_pct, t.is_final)
    IS DISTINCT FROM (excluded.usage_hours, excluded.usage_source, excluded.connected_hours, excluded.billed_hours,
                      excluded.active_days, excluded.coverage_pct, excluded.is_final)
RETURNING (t.xmax = 0) AS is_new
