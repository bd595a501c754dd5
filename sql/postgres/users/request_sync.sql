-- request_sync: asks the worker for a run of a pipeline and returns the request; no row when the account is unknown.
-- grain: one row per request
-- params: %(sync_type)s text, %(account_id)s text, %(user_id)s integer
INSERT INTO sync_requests (sync_type, account_id, requested_by)
SELECT %(sync_type)s, %(account_id)s::text, %(user_id)s
WHERE %(account_id)s::text IS NULL OR EXISTS (SELECT FROM aws_accounts WHERE account_id = %(account_id)s)
RETURNING id, requested_at
