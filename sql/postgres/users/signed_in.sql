-- signed_in: notes that a user has just signed in.
-- grain: one row per user
-- params: %(user_id)s integer
UPDATE users
SET last_login_at = now()
WHERE id = %(user_id)s
