-- users: the users, with the codes and ids of the clients each may see; one of them when an id or a name is given.
-- grain: one row per user
-- units: instants UTC
-- params: %(id)s integer, %(username)s text
SELECT u.id, u.username, u.email, u.display_name, u.role, u.sees_all_clients, u.is_active, u.created_at,
       u.password_changed_at, u.last_login_at,
       coalesce(array_agg(c.client_id ORDER BY c.client_id) FILTER (WHERE c.client_id IS NOT NULL), '{}') AS client_ids,
       coalesce(array_agg(c.code ORDER BY c.code) FILTER (WHERE c.client_id IS NOT NULL), '{}') AS client_codes
FROM users AS u
LEFT JOIN user_client_access AS a ON a.user_id = u.id
LEFT JOIN clients AS c ON c.client_id = a.client_id
WHERE (%(id)s::integer IS NULL OR u.id = %(id)s) AND (%(username)s::text IS NULL OR u.username = %(username)s)
GROUP BY u.id
ORDER BY u.username
