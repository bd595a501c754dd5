-- v_data_freshness: when each account and region was last read completely, per kind of data.
-- grain: one row per (sync_type, account_id, region)
-- units: instants UTC
-- source: sync_history, accounts
SELECT s.sync_type, s.account_id, a.account_name, a.client_name, s.region,
       max(s.completed_at) FILTER (WHERE s.status = 'SUCCEEDED') AS last_success_at,
       max(s.started_at) AS last_attempt_at,
       arg_max(s.status, s.started_at) AS last_status
FROM sync_history AS s
JOIN accounts AS a ON a.account_id = s.account_id
GROUP BY s.sync_type, s.account_id, a.account_name, a.client_name, s.region
