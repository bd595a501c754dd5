-- add: adds a user and returns its id; no row when the name is taken.
-- grain: one row per user
-- params: %(username)s text, %(email)s text, %(display_name)s text, %(password_hash)s text, %(role)s text, %(all_clients)s boolean
INSERT INTO users (username, email, display_name, password_hash, role, sees_all_clients)
VALUES (%(username)s, %(email)s, %(display_name)s, %(password_hash)s, %(role)s, %(all_clients)s)
ON CONFLICT DO NOTHING
RETURNING id
