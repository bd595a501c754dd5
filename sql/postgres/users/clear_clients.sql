-- clear_clients: takes all clients from a user.
-- grain: one row per client taken
-- params: %(user_id)s integer
DELETE FROM user_client_access
WHERE user_id = %(user_id)s
