-- price_list: the mirror's copy of the record's list prices.
-- grain: one row per (region, compute_type, os_license, root_gib, user_gib, valid_from)
-- source: PostgreSQL, price_list
CREATE TABLE price_list (
    region VARCHAR,
    compute_type VARCHAR,
    os_license VARCHAR,
    root_gib INTEGER,
    user_gib INTEGER,
    valid_from DATE,
    always_on_usd DECIMAL(18, 10),
    auto_stop_usd DECIMAL(18, 10),
    hourly_usd DECIMAL(18, 10),
    source VARCHAR,
    is_estimate BOOLEAN
)
