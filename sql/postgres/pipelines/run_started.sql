-- run_started: writes that a run, or its part for one account and region, has begun.
-- grain: one row, the new sync_history.id
-- params: run_id, sync_type, account_id, region, started_at
INSERT INTO sync_history (run_id, sync_type, status, account_id, region, started_at)
VALUES (%(run_id)s, %(sync_type)s, 'RUNNING', %(account_id)s, %(region)s, %(started_at)s)
RETURNING id
