-- set_active: opens or closes a user's account and returns the user's id.
-- grain: one row per user, none when there is no such user
-- params: %(username)s text, %(active)s boolean
UPDATE users
SET is_active = %(active)s
WHERE username = %(username)s
RETURNING id
