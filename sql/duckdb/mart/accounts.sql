-- accounts: AWS accounts in scope, with the client each belongs to.
-- grain: one row per account_id
-- source: mirror, aws_accounts and clients
SELECT a.account_id, a.account_name, a.client_id, c.name AS client_name, a.payer_account_id, a.regions,
       a.status, a.onboarded_at
FROM mirror.aws_accounts AS a
JOIN mirror.clients AS c ON c.client_id = a.client_id
WHERE a.account_id IN (SELECT account_id FROM scope_accounts)
ORDER BY a.account_id
