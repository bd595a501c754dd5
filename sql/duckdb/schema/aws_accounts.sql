-- aws_accounts: the mirror's copy of the record's AWS accounts.
-- grain: one row per account_id
-- source: PostgreSQL, aws_accounts
CREATE TABLE aws_accounts (
    account_id VARCHAR,
    client_id INTEGER,
    payer_account_id VARCHAR,
    account_name VARCHAR,
    aws_partition VARCHAR,
    regions VARCHAR[],
    status VARCHAR,
    onboarded_at TIMESTAMPTZ
)
