-- request_done: remembers which run answered a request.
-- grain: one row per sync_requests.id
-- params: id, run_id
UPDATE sync_requests
SET run_id = %(run_id)s
WHERE id = %(id)s
