-- set_password: replaces the hash of a user's password and returns the user's id.
-- grain: one row per user, none when there is no such user
-- params: %(username)s text, %(password_hash)s text
UPDATE users
SET password_hash = %(password_hash)s, password_changed_at = now()
WHERE username = %(username)s
RETURNING id
