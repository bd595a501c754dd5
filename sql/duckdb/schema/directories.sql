-- directories: the mirror's copy of the record's directories.
-- grain: one row per (account_id, region, directory_id)
-- source: PostgreSQL, directories
CREATE TABLE directories (
    account_id VARCHAR,
    region VARCHAR,
    directory_id VARCHAR,
    name VARCHAR,
    alias VARCHAR,
    directory_type VARCHAR,
    state VARCHAR,
    maintenance_mode BOOLEAN
)
