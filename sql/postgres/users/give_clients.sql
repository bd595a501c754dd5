-- give_clients: lets a user see the clients of these codes and returns the codes that exist.
-- grain: one row per client given
-- params: %(user_id)s integer, %(codes)s text[]
WITH known AS (
    SELECT client_id, code FROM clients WHERE code = ANY(%(codes)s)
),
given AS (
    INSERT INTO user_client_access (user_id, client_id)
    SELECT %(user_id)s, client_id FROM known
    ON CONFLICT DO NOTHING
)
SELECT code FROM known
