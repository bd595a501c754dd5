-- sync_history: runs of the pipelines for the accounts in scope, newest first, and how many there are in all.
-- grain: one row per run, account and region, at most $most_rows; one row without id when the page is empty
-- units: instants UTC
-- params: $sync_type text, $before_id bigint, $most_rows integer
-- source: sync_history
WITH passing AS (
    SELECT id, sync_type, status, records_processed, started_at, completed_at, account_id, region, is_complete
    FROM sync_history
    WHERE $sync_type IS NULL OR sync_type = $sync_type
),
page AS (
    SELECT * FROM passing WHERE $before_id IS NULL OR id < $before_id ORDER BY id DESC LIMIT $most_rows
)
SELECT t.total, page.*
FROM (SELECT count(*) AS total FROM passing) AS t
LEFT JOIN page ON true
ORDER BY id DESC
