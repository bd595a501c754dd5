-- set_sees_all: says whether a user sees every client, future ones included, and returns the user's id.
-- grain: one row per user, none when there is no such user
-- params: %(username)s text, %(all_clients)s boolean
UPDATE users
SET sees_all_clients = %(all_clients)s
WHERE username = %(username)s
RETURNING id
