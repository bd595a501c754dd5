-- sync_history: the mirror's copy of the record's runs of pipelines.
-- grain: one row per run, account and region
-- source: PostgreSQL, sync_history
CREATE TABLE sync_history (
    id BIGINT,
    run_id VARCHAR,
    sync_type VARCHAR,
    status VARCHAR,
    account_id VARCHAR,
    region VARCHAR,
    records_processed BIGINT,
    rows_inserted BIGINT,
    rows_updated BIGINT,
    rows_deleted BIGINT,
    api_calls INTEGER,
    throttles INTEGER,
    is_complete BOOLEAN,
    watermark_from TIMESTAMPTZ,
    watermark_to TIMESTAMPTZ,
    started_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ
)
