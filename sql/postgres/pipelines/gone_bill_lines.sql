-- gone_bill_lines: removes what a source no longer states of an account's month.
-- grain: one row per fee line that is not in staged_billing_data
-- params: source, account_id, billing_period
-- Empty texts are loaded as NULL, so the two can be compared as one; that lets the join hash.
DELETE FROM billing_data AS b
WHERE b.source = %(source)s AND b.account_id = %(account_id)s AND b.billing_period = %(billing_period)s
  AND NOT EXISTS (
    SELECT FROM staged_billing_data AS s
    WHERE coalesce(s.resource_id, '') = coalesce(b.resource_id, '')
      AND coalesce(s.region, '') = coalesce(b.region, '')
      AND coalesce(s.description, '') = coalesce(b.description, '')
      AND s.service = b.service AND s.usage_type = b.usage_type AND s.charge_type = b.charge_type
      AND s.start_date = b.start_date AND s.end_date = b.end_date)
