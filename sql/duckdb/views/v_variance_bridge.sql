-- v_variance_bridge: why a client's cost changed from one month to the next; the drivers add up to the change exactly.
-- grain: one row per (client_name, month, driver)
-- units: change in USD against the month before
-- source: billing_data, accounts
WITH monthly AS (
    SELECT a.client_name, b.billing_period AS month, coalesce(b.workspace_id, '') AS workspace_id, b.fee_class,
           sum(b.amount) AS cost
    FROM billing_data AS b
    JOIN accounts AS a ON a.account_id = b.account_id
    GROUP BY a.client_name, b.billing_period, coalesce(b.workspace_id, ''), b.fee_class
),
months AS (
    SELECT DISTINCT client_name, month FROM monthly
),
pairs AS (
    SELECT client_name, month, workspace_id, fee_class, cost AS now_cost, 0 AS then_cost FROM monthly
    UNION ALL
    SELECT m.client_name, (m.month + INTERVAL 1 MONTH)::DATE, m.workspace_id, m.fee_class, 0, m.cost
    FROM monthly AS m
    JOIN months AS n ON n.client_name = m.client_name AND n.month = (m.month + INTERVAL 1 MONTH)::DATE
),
compared AS (
    SELECT client_name, month, workspace_id, fee_class, sum(now_cost) AS now_cost, sum(then_cost) AS then_cost
    FROM pairs
    GROUP BY client_name, month, workspace_id, fee_class
),
presence AS (
    SELECT client_name, month, workspace_id,
           bool_or(then_cost <> 0) AS was_billed, bool_or(now_cost <> 0) AS is_billed
    FROM compared
    GROUP BY client_name, month, workspace_id
)
SELECT c.client_name, c.month,
       CASE WHEN c.workspace_id = '' THEN 'shared: ' || c.fee_class
            WHEN NOT p.was_billed THEN 'new WorkSpaces'
            WHEN NOT p.is_billed THEN 'gone WorkSpaces'
            ELSE 'same WorkSpaces: ' || c.fee_class END AS driver,
       sum(c.now_cost - c.then_cost) AS change
FROM compared AS c
JOIN presence AS p ON p.client_name = c.client_name AND p.month = c.month AND p.workspace_id = c.workspace_id
WHERE c.month > (SELECT min(m.month) FROM months AS m WHERE m.client_name = c.client_name)
GROUP BY ALL
