-- filter_choices: the values that each filter of the inventory can take.
-- grain: one row per (filter, choice)
-- source: workspaces, accounts
WITH shown AS (
    SELECT a.client_name, w.region, w.state, w.running_mode, w.compute_type
    FROM workspaces AS w
    JOIN accounts AS a ON a.account_id = w.account_id
)
SELECT DISTINCT filter, choice
FROM (UNPIVOT shown ON client_name AS client, region, state, running_mode, compute_type INTO NAME filter VALUE choice)
ORDER BY filter, choice
