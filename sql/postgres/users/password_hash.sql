-- password_hash: the hash of a user's password and whether the account is open.
-- grain: one row per user, none when there is no such user
-- params: %(username)s text
SELECT id, password_hash, is_active
FROM users
WHERE username = %(username)s
