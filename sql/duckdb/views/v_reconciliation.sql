-- v_reconciliation: the bill as each source states it, and the difference; NULL where there is nothing to compare with.
-- grain: one row per (account_id, month)
-- units: amounts in USD; difference is CUR less Cost Explorer
-- source: billing_totals, accounts
SELECT t.account_id, a.account_name, a.client_name, t.billing_period AS month,
       sum(t.amount) FILTER (WHERE t.source = 'cur2') AS cur_amount,
       sum(t.amount) FILTER (WHERE t.source = 'ce') AS cost_explorer_amount,
       sum(t.amount) FILTER (WHERE t.source = 'cur2') - sum(t.amount) FILTER (WHERE t.source = 'ce') AS difference,
       bool_or(t.is_estimated) AS is_estimated
FROM billing_totals AS t
JOIN accounts AS a ON a.account_id = t.account_id
GROUP BY t.account_id, a.account_name, a.client_name, t.billing_period
