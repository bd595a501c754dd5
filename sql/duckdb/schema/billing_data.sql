-- billing_data: the mirror's copy of the record's fee lines of all sources.
-- grain: one row per fee line and source
-- source: PostgreSQL, billing_data
CREATE TABLE billing_data (
    id BIGINT,
    source VARCHAR,
    account_id VARCHAR,
    billing_period DATE,
    workspace_id VARCHAR,
    resource_id VARCHAR,
    region VARCHAR,
    service VARCHAR,
    usage_type VARCHAR,
    charge_type VARCHAR,
    fee_class VARCHAR,
    description VARCHAR,
    start_date DATE,
    end_date DATE,
    usage_quantity DECIMAL(18, 10),
    usage_unit VARCHAR,
    amount DECIMAL(18, 10),
    amount_list DECIMAL(18, 10),
    currency VARCHAR,
    invoice_id VARCHAR,
    is_estimated BOOLEAN
)
