-- billed_workspaces: the newest hardware fee of each WorkSpace that bills name and no inventory has shown.
-- grain: one row per workspace_id
-- params: account_id
SELECT DISTINCT ON (b.workspace_id) b.workspace_id, b.region, b.usage_type, b.fee_class
FROM billing_data AS b
WHERE b.account_id = %(account_id)s AND b.workspace_id IS NOT NULL AND b.region IS NOT NULL
  AND b.fee_class IN ('alwayson_month', 'autostop_base', 'autostop_hours')
  AND NOT EXISTS (SELECT FROM workspaces AS w WHERE w.workspace_id = b.workspace_id AND w.is_in_inventory)
ORDER BY b.workspace_id, b.start_date DESC, b.fee_class, b.usage_type
