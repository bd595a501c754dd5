-- last_runs: when each pipeline last ran to an end.
-- grain: one row per sync_type
SELECT sync_type, max(started_at)
FROM sync_history
WHERE account_id IS NULL AND status IN ('SUCCEEDED', 'PARTIAL')
GROUP BY sync_type
