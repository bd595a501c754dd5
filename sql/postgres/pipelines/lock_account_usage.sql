-- lock_account_usage: lets one transaction at a time work out an account's months, so that none uses days that another is writing.
-- grain: one row
-- params: account_id
SELECT pg_advisory_xact_lock(hashtext('workspace_usage'), hashtext(%(account_id)s))
