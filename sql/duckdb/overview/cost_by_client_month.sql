-- cost_by_client_month: what each client cost in each of the last months, the running month included.
-- grain: one row per (month, client_id, currency)
-- units: cost in `currency`
-- params: $months integer
-- source: v_client_month_cost, mart_info
SELECT c.month, c.client_id, c.client_name, c.currency, c.cost, c.billed_workspaces, c.is_estimated
FROM v_client_month_cost AS c
WHERE c.month > (SELECT date_trunc('month', max(snapshot_at))::DATE FROM mart_info) - to_months($months)
ORDER BY c.month, c.client_name, c.currency
