-- cur_lines: the lines of a CUR 2.0 export that concern WorkSpaces, added up to the grain of billing_data.
-- grain: one row per (account_id, resource_id, region, service, usage_type, charge_type, description, start_date, end_date)
-- units: amounts in `currency`; end_date is exclusive
-- params: $files list of paths
-- source: Parquet of the export
-- A double's shortest text is the amount that AWS meant, so doubles become decimals through their text, never by arithmetic.
WITH lines AS (
    SELECT line_item_usage_account_id AS account_id, nullif(line_item_resource_id, '') AS resource_id,
           coalesce(nullif(product_region_code, ''),
                    nullif(regexp_extract(line_item_resource_id, '^arn:[^:]*:[^:]*:([^:]*):', 1), '')) AS region,
           CASE line_item_product_code WHEN 'AmazonWorkSpaces' THEN 'Amazon WorkSpaces'
                                       WHEN 'AWSDirectoryService' THEN 'AWS Directory Service' END AS service,
           coalesce(line_item_usage_type, '') AS usage_type, line_item_line_item_type AS charge_type,
           nullif(line_item_line_item_description, '') AS description,
           CAST(line_item_usage_start_date AS DATE) AS start_date,
           greatest(CAST(line_item_usage_end_date - INTERVAL 1 MICROSECOND AS DATE),
                    CAST(line_item_usage_start_date AS DATE)) + 1 AS end_date,
           CAST(CAST(line_item_usage_amount AS VARCHAR) AS DECIMAL(18, 10)) AS usage_quantity,
           nullif(pricing_unit, '') AS usage_unit,
           CAST(CAST(line_item_unblended_cost AS VARCHAR) AS DECIMAL(18, 10)) AS amount,
           CAST(CAST(pricing_public_on_demand_cost AS VARCHAR) AS DECIMAL(18, 10)) AS amount_list,
           line_item_currency_code AS currency, nullif(bill_invoice_id, '') AS invoice_id
    FROM read_parquet($files, union_by_name = true)
    WHERE line_item_product_code IN ('AmazonWorkSpaces', 'AWSDirectoryService')
)
SELECT account_id, resource_id, region, service, usage_type, charge_type, description, start_date, end_date,
       nullif(regexp_extract(resource_id, 'workspace/(ws-[0-9a-z]+)$', 1), '') AS workspace_id,
       CAST(sum(usage_quantity) AS DECIMAL(18, 10)) AS usage_quantity, min(usage_unit) AS usage_unit,
       CAST(sum(amount) AS DECIMAL(18, 10)) AS amount, CAST(sum(amount_list) AS DECIMAL(18, 10)) AS amount_list,
       min(currency) AS currency, max(invoice_id) AS invoice_id,
       -- AWS gives a bill its invoice id when it is final.
       bool_or(invoice_id IS NULL) AS is_estimated
FROM lines
GROUP BY ALL
ORDER BY account_id, resource_id, start_date, usage_type
