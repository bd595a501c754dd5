-- v_client_month_cost: what each client cost per month, and how many WorkSpaces were billed.
-- grain: one row per (client_name, month)
-- units: cost in `currency`
-- source: billing_data, accounts
SELECT a.client_id, a.client_name, b.billing_period AS month, b.currency, sum(b.amount) AS cost,
       count(DISTINCT b.workspace_id) AS billed_workspaces, bool_or(b.is_estimated) AS is_estimated
FROM billing_data AS b
JOIN accounts AS a ON a.account_id = b.account_id
GROUP BY a.client_id, a.client_name, b.billing_period, b.currency
