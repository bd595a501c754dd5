-- clients: the mirror's copy of the record's clients.
-- grain: one row per client_id
-- source: PostgreSQL, clients
CREATE TABLE clients (
    client_id INTEGER,
    name VARCHAR,
    code VARCHAR,
    currency VARCHAR,
    active_from DATE,
    active_to DATE
)
