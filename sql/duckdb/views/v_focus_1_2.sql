-- v_focus_1_2: the bill with the column names of FOCUS 1.2.
-- grain: one row per fee line
-- units: costs in BillingCurrency; ChargePeriodEnd is exclusive
-- source: billing_data, accounts
SELECT b.amount AS "BilledCost", b.currency AS "BillingCurrency", b.billing_period AS "BillingPeriodStart",
       (b.billing_period + INTERVAL 1 MONTH)::DATE AS "BillingPeriodEnd", b.charge_type AS "ChargeCategory",
       b.description AS "ChargeDescription", b.start_date AS "ChargePeriodStart", b.end_date AS "ChargePeriodEnd",
       b.usage_quantity AS "ConsumedQuantity", b.usage_unit AS "ConsumedUnit", b.amount_list AS "ListCost",
       'AWS' AS "ProviderName", b.region AS "RegionId", b.resource_id AS "ResourceId", b.service AS "ServiceName",
       b.account_id AS "SubAccountId", a.account_name AS "SubAccountName", a.client_name AS "x_Client", b.invoice_id AS "InvoiceId"
FROM billing_data AS b
JOIN accounts AS a ON a.account_id = b.account_id
