-- last_watermark: up to when a pipeline has read an account and region completely.
-- grain: one row, NULL when it never has
-- params: sync_type, account_id, region
SELECT max(watermark_to)
FROM sync_history
WHERE sync_type = %(sync_type)s AND account_id = %(account_id)s AND region = %(region)s AND is_complete
