-- take_request: takes the oldest request for a run that nobody has taken.
-- grain: one row, or none
UPDATE sync_requests
SET taken_at = now()
WHERE id = (SELECT id FROM sync_requests WHERE taken_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, sync_type, account_id
