-- scope_accounts: the accounts of the clients in scope.
-- grain: one row per account_id
-- params: $is_all boolean, $client_ids list of integer
-- source: mirror, aws_accounts
SELECT a.account_id
FROM mirror.aws_accounts AS a
WHERE $is_all OR list_contains($client_ids, a.client_id)
