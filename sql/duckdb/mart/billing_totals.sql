-- billing_totals: the total of each source per account and month, for reconciliation only.
-- grain: one row per (account_id, billing_period, source)
-- units: amount in `currency`; totals of different sources are never added together
-- source: mirror, billing_data
SELECT b.account_id, b.billing_period, b.source, b.currency, sum(b.amount) AS amount, count(*) AS lines,
       bool_or(b.is_estimated) AS is_estimated
FROM mirror.billing_data AS b
WHERE b.account_id IN (SELECT account_id FROM scope_accounts)
GROUP BY ALL
ORDER BY b.account_id, b.billing_period, b.source
