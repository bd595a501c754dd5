-- sync_history: runs of the pipelines for the accounts in scope. No error text: it can name other clients' accounts.
-- grain: one row per run, account and region
-- source: mirror, sync_history
SELECT s.id, s.sync_type, s.status, s.records_processed, s.started_at, s.completed_at, s.account_id, s.region, s.is_complete
FROM mirror.sync_history AS s
WHERE s.account_id IN (SELECT account_id FROM scope_accounts)
ORDER BY s.id
