-- billing_data: what AWS charged, from the one best source of each account and month (CUR before FOCUS before Cost Explorer).
-- grain: one row per fee line: (account_id, billing_period, resource_id, usage_type, charge_type, start_date)
-- units: amount in `currency`; credits are negative; end_date is exclusive
-- source: mirror, billing_data
WITH best AS (
    SELECT account_id, billing_period, min(CASE source WHEN 'cur2' THEN 1 WHEN 'focus' THEN 2 ELSE 3 END) AS preference
    FROM mirror.billing_data
    WHERE account_id IN (SELECT account_id FROM scope_accounts)
    GROUP BY account_id, billing_period
)
SELECT b.workspace_id, b.account_id, b.service, b.usage_type, b.start_date, b.end_date, b.amount, b.currency,
       b.billing_period, b.region, b.resource_id, b.charge_type, b.fee_class, b.description, b.usage_quantity, b.usage_unit,
       b.amount_list, b.invoice_id, b.is_estimated, b.source
FROM mirror.billing_data AS b
JOIN best ON best.account_id = b.account_id AND best.billing_period = b.billing_period
    AND best.preference = CASE b.source WHEN 'cur2' THEN 1 WHEN 'focus' THEN 2 ELSE 3 END
ORDER BY b.account_id, b.start_date, b.workspace_id
