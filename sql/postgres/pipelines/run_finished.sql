-- run_finished: writes how a run, or its part, ended.
-- grain: one row per sync_history.id
-- params: id and one for each column
UPDATE sync_history
SET status = %(status)s, records_processed = %(read)s, rows_inserted = %(inserted)s, rows_updated = %(updated)s,
    rows_deleted = %(deleted)s, api_calls = %(api_calls)s, throttles = %(throttles)s, is_complete = %(is_complete)s,
    watermark_from = %(watermark_from)s, watermark_to = %(watermark_to)s, error_message = %(error_message)s,
    completed_at = %(completed_at)s
WHERE id = %(id)s
