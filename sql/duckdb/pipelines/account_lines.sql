-- account_lines: the lines of one account, each with what it pays for.
-- grain: one row per line of billed_lines
-- params: $account_id text
-- source: billed_lines and line_kinds, made from one month's export
SELECT l.workspace_id, l.resource_id, l.region, l.service, l.usage_type, l.charge_type, k.fee_class, l.description,
       l.start_date, l.end_date, l.usage_quantity, l.usage_unit, l.amount, l.amount_list, l.currency, l.invoice_id,
       l.is_estimated
FROM billed_lines AS l
JOIN line_kinds AS k ON k.charge_type = l.charge_type AND k.service = l.service AND k.usage_type = l.usage_type
    AND k.description IS NOT DISTINCT FROM l.description
WHERE l.account_id = $account_id
ORDER BY l.resource_id, l.start_date, l.usage_type
