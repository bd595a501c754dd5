-- v_mode_recommendation: the running mode that would have cost less over the last three complete months, by list price.
-- grain: one row per workspace_id that should change its running mode; none where no list price is known
-- units: prices and costs in USD per month, hours per month; saving_usd is the mean saving per month
-- source: workspace_usage, workspaces, price_list, mart_info
WITH present AS (
    SELECT date_trunc('month', max(snapshot_at))::DATE AS this_month FROM mart_info
),
price AS (
    SELECT region, compute_type, os_license, root_gib, user_gib, always_on_usd, auto_stop_usd, hourly_usd, is_estimate
    FROM price_list
    WHERE valid_from <= (SELECT this_month FROM present)
    QUALIFY row_number() OVER (
        PARTITION BY region, compute_type, os_license, root_gib, user_gib ORDER BY valid_from DESC) = 1
),
hours AS (
    SELECT u.workspace_id, count(*) AS months, sum(u.usage_hours) AS all_hours, min(u.usage_hours) AS least_hours,
           max(u.usage_hours) AS most_hours
    FROM workspace_usage AS u, present AS p
    WHERE u.month >= p.this_month - INTERVAL 3 MONTH AND u.month < p.this_month
    GROUP BY u.workspace_id
),
compared AS (
    SELECT w.workspace_id, w.account_id, a.client_name, w.user_name, w.region, w.compute_type, w.running_mode, h.months,
           h.all_hours, h.least_hours, h.most_hours, p.always_on_usd, p.auto_stop_usd, p.hourly_usd, p.is_estimate,
           p.always_on_usd * h.months AS always_on_total,
           p.auto_stop_usd * h.months + p.hourly_usd * h.all_hours AS auto_stop_total,
           (p.always_on_usd - p.auto_stop_usd) / p.hourly_usd AS break_even_hours
    FROM workspaces AS w
    JOIN accounts AS a ON a.account_id = w.account_id
    JOIN hours AS h ON h.workspace_id = w.workspace_id AND h.months >= 2
    JOIN price AS p ON p.region = w.region AND p.compute_type = w.compute_type
        AND p.root_gib = w.root_volume_gib AND p.user_gib = w.user_volume_gib
        AND p.os_license = CASE WHEN w.os_name IN ('WINDOWS_10', 'WINDOWS_11', 'WINDOWS_7') THEN 'Bring Your Own License'
                                WHEN w.os_name LIKE 'WINDOWS%' THEN 'Included' ELSE 'None' END
    WHERE w.terminated_at IS NULL AND w.is_in_inventory AND p.hourly_usd > 0
)
SELECT c.workspace_id, c.account_id, c.client_name, c.user_name, c.region, c.compute_type, c.running_mode,
       CASE c.running_mode WHEN 'ALWAYS_ON' THEN 'AUTO_STOP' ELSE 'ALWAYS_ON' END AS recommended_mode,
       c.months AS months_of_evidence, CAST(c.all_hours / c.months AS DECIMAL(10, 2)) AS mean_hours,
       CAST(c.break_even_hours AS DECIMAL(10, 2)) AS break_even_hours, c.always_on_usd,
       CAST(c.auto_stop_total / c.months AS DECIMAL(18, 4)) AS auto_stop_usd,
       CAST(abs(c.always_on_total - c.auto_stop_total) / c.months AS DECIMAL(18, 4)) AS saving_usd,
       (c.least_hours > c.break_even_hours) = (c.most_hours > c.break_even_hours) AS is_every_month_on_one_side,
       CAST(CASE c.running_mode WHEN 'ALWAYS_ON' THEN p.this_month + INTERVAL 1 MONTH ELSE CURRENT_DATE END AS DATE)
           AS effective_from, c.is_estimate
FROM compared AS c, present AS p
WHERE (c.running_mode = 'ALWAYS_ON' AND c.auto_stop_total < c.always_on_total)
   OR (c.running_mode = 'AUTO_STOP' AND c.always_on_total < c.auto_stop_total)
