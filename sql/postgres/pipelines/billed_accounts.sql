-- billed_accounts: the accounts of which a source has stated a month before.
-- grain: one row per account_id
-- params: source, billing_period
SELECT DISTINCT account_id
FROM billing_data
WHERE source = %(source)s AND billing_period = %(billing_period)s
ORDER BY account_id
