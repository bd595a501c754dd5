-- wanted_scopes: the sets of clients that somebody needs a mart of, besides all clients.
-- grain: one row per set of client ids; NULL stands for all
SELECT client_ids
FROM mart_requests
WHERE last_used_at > now() - interval '30 days'
UNION
SELECT array_agg(a.client_id ORDER BY a.client_id)
FROM user_client_access AS a
JOIN users AS u ON u.id = a.user_id
WHERE u.is_active AND NOT u.sees_all_clients
GROUP BY a.user_id
