-- active_accounts: the accounts that pipelines read, with the way into each.
-- grain: one row per account_id with status ACTIVE
SELECT account_id, client_id, account_name, payer_account_id, role_arn, external_id, regions
FROM aws_accounts
WHERE status = 'ACTIVE'
ORDER BY account_id
