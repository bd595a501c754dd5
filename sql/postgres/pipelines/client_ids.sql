-- client_ids: the number that each client code stands for.
-- grain: one row per client code
SELECT code, client_id
FROM clients
