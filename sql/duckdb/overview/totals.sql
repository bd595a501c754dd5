-- totals: the headline figures: how many WorkSpaces there are, what they cost, and what could be saved.
-- grain: one row per mart
-- units: costs in `currency`, the one with most fee lines; hours in hours; instants UTC; saving_usd in USD per month
-- source: mart_info, workspaces, accounts, billing_data, workspace_usage, v_unused, v_mode_recommendation
WITH present AS (
    SELECT max(snapshot_at) AS as_of, date_trunc('month', max(snapshot_at))::DATE AS this_month FROM mart_info
),
main_currency AS (
    SELECT coalesce(mode(currency), 'USD') AS currency FROM billing_data
),
cost AS (
    SELECT coalesce(sum(b.amount) FILTER (WHERE b.billing_period = p.this_month), 0) AS this_month_cost,
           coalesce(sum(b.amount) FILTER (WHERE b.billing_period = p.this_month - INTERVAL 1 MONTH), 0) AS last_month_cost,
           coalesce(sum(b.amount) FILTER (WHERE b.billing_period = p.this_month - INTERVAL 2 MONTH), 0) AS month_before_cost,
           coalesce(bool_or(b.is_estimated) FILTER (WHERE b.billing_period = p.this_month - INTERVAL 1 MONTH), false)
               AS is_last_month_estimated
    FROM billing_data AS b, present AS p, main_currency AS m
    WHERE b.currency = m.currency AND b.billing_period >= p.this_month - INTERVAL 2 MONTH
),
alive AS (
    SELECT count(*) AS workspaces,
           count(*) FILTER (WHERE state IN ('ERROR', 'UNHEALTHY', 'SUSPENDED')) AS unhealthy_workspaces,
           count(*) FILTER (WHERE connection_state = 'CONNECTED') AS connected_workspaces
    FROM workspaces
    WHERE terminated_at IS NULL AND is_in_inventory
),
used AS (
    SELECT coalesce(sum(u.usage_hours), 0) AS last_month_hours
    FROM workspace_usage AS u, present AS p
    WHERE u.month = p.this_month - INTERVAL 1 MONTH
),
idle AS (
    SELECT count(*) AS unused_workspaces, coalesce(sum(last_month_cost), 0) AS unused_last_month_cost FROM v_unused
),
advice AS (
    SELECT count(*) AS mode_changes, coalesce(sum(saving_usd), 0) AS mode_saving_usd FROM v_mode_recommendation
)
SELECT p.as_of, p.this_month, (p.this_month - INTERVAL 1 MONTH)::DATE AS last_month, m.currency,
       (SELECT list(DISTINCT currency ORDER BY currency) FROM billing_data WHERE currency <> m.currency) AS other_currencies,
       (SELECT count(DISTINCT client_id) FROM accounts) AS clients, (SELECT count(*) FROM accounts) AS accounts,
       a.workspaces, a.unhealthy_workspaces, a.connected_workspaces, c.this_month_cost, c.last_month_cost, c.month_before_cost,
       c.is_last_month_estimated, u.last_month_hours, i.unused_workspaces, i.unused_last_month_cost, v.mode_changes,
       v.mode_saving_usd
FROM present AS p, main_currency AS m, cost AS c, alive AS a, used AS u, idle AS i, advice AS v
