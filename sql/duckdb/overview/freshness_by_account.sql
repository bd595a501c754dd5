-- freshness_by_account: when each kind of data of each account was last read completely, by its least fresh region.
-- grain: one row per (account_id, sync_type)
-- units: instants UTC; last_success_at is NULL while a region was never read completely
-- source: v_data_freshness
SELECT account_id, account_name, client_name, sync_type,
       CASE WHEN count(*) = count(last_success_at) THEN min(last_success_at) END AS last_success_at,
       bool_or(last_status NOT IN ('SUCCEEDED', 'RUNNING')) AS is_failing
FROM v_data_freshness
GROUP BY account_id, account_name, client_name, sync_type
ORDER BY client_name, account_name, account_id, sync_type
