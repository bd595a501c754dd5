-- request_mart: asks the worker for a mart of this scope, or says that it is still in use.
-- grain: one row per scope_key
-- params: %(scope_key)s text, %(client_ids)s integer[]
INSERT INTO mart_requests (scope_key, client_ids)
VALUES (%(scope_key)s, %(client_ids)s)
ON CONFLICT (scope_key) DO UPDATE SET last_used_at = now()
