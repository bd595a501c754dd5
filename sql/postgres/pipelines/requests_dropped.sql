-- requests_dropped: gives back the requests that a worker took and did not live to run.
-- grain: one row per sync_requests.id
-- params: taken_before
UPDATE sync_requests
SET taken_at = NULL
WHERE run_id IS NULL AND taken_at < %(taken_before)s
