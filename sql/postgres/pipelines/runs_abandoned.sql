-- runs_abandoned: closes the rows of runs whose process died. Call it only while holding the pipeline's lock.
-- grain: one row per sync_history.id that was still RUNNING
-- params: sync_type, completed_at
UPDATE sync_history
SET status = 'ABANDONED', completed_at = greatest(%(completed_at)s, started_at),
    error_message = 'The process that ran this ended before it was done. What it had committed counts; the rest was read again.'
WHERE sync_type = %(sync_type)s AND status = 'RUNNING'
