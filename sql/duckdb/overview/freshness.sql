-- freshness: how old each kind of data is, by its least fresh account and region.
-- grain: one row per sync_type
-- units: instants UTC; oldest_success_at is NULL while any account and region was never read completely
-- source: v_data_freshness
SELECT sync_type, count(*) AS places, count(*) FILTER (WHERE last_status NOT IN ('SUCCEEDED', 'RUNNING')) AS failing_places,
       CASE WHEN count(*) = count(last_success_at) THEN min(last_success_at) END AS oldest_success_at,
       max(last_success_at) AS newest_success_at
FROM v_data_freshness
GROUP BY sync_type
ORDER BY sync_type
