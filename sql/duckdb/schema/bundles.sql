-- bundles: the mirror's copy of the record's bundles.
-- grain: one row per (account_id, region, bundle_id)
-- source: PostgreSQL, bundles
CREATE TABLE bundles (
    account_id VARCHAR,
    region VARCHAR,
    bundle_id VARCHAR,
    owner VARCHAR,
    name VARCHAR,
    description VARCHAR,
    compute_type VARCHAR,
    root_gib INTEGER,
    user_gib INTEGER,
    state VARCHAR
)
