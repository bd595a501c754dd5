-- workspaces: one page of the WorkSpaces that pass the filters, and how many pass in all.
-- grain: one row per workspace_id, at most $most_rows; one row without workspace_id when the page is empty
-- units: last_month_cost in the currency of the bill, last_month_hours in hours, instants UTC
-- params: $q text, $client text, $account_id text, $region text, $state text, $running_mode text, $compute_type text, $sort text, $descending boolean, $after_text text, $after_number decimal, $after_id text, $most_rows integer
-- source: workspaces, accounts, billing_data, workspace_usage, mart_info
WITH present AS (
    SELECT date_trunc('month', max(snapshot_at))::DATE - INTERVAL 1 MONTH AS last_month FROM mart_info
),
cost AS (
    SELECT workspace_id, sum(amount) AS last_month_cost
    FROM billing_data
    WHERE billing_period = (SELECT last_month FROM present) AND workspace_id IS NOT NULL
    GROUP BY workspace_id
),
passing AS (
    SELECT w.workspace_id, a.client_name, w.account_id, a.account_name, w.region, w.directory_id, w.user_name, w.display_name,
           w.state, w.running_mode, w.compute_type, w.os_name, w.bundle_id, w.computer_name, w.connection_state,
           w.last_connected_at, w.created_at, w.terminated_at, coalesce(c.last_month_cost, 0) AS last_month_cost,
           coalesce(u.usage_hours, 0) AS last_month_hours
    FROM workspaces AS w
    JOIN accounts AS a ON a.account_id = w.account_id
    LEFT JOIN cost AS c ON c.workspace_id = w.workspace_id
    LEFT JOIN workspace_usage AS u ON u.workspace_id = w.workspace_id AND u.month = (SELECT last_month FROM present)
    WHERE ($client IS NULL OR a.client_name = $client)
      AND ($account_id IS NULL OR w.account_id = $account_id)
      AND ($region IS NULL OR w.region = $region)
      AND ($state IS NULL OR w.state = $state)
      AND ($running_mode IS NULL OR w.running_mode = $running_mode)
      AND ($compute_type IS NULL OR w.compute_type = $compute_type)
      AND ($q IS NULL OR contains(lower(concat_ws(' ', w.workspace_id, w.user_name, w.display_name, w.computer_name)),
                                  lower($q)))
),
keyed AS (
    SELECT *,
           coalesce(CASE $sort WHEN 'user_name' THEN lower(user_name) WHEN 'client_name' THEN lower(client_name)
                               WHEN 'state' THEN state WHEN 'running_mode' THEN running_mode END, '') AS sort_text,
           coalesce(CASE $sort WHEN 'last_month_cost' THEN last_month_cost::DECIMAL(38, 10)
                               WHEN 'last_month_hours' THEN last_month_hours::DECIMAL(38, 10)
                               WHEN 'last_connected_at' THEN epoch_us(last_connected_at)::DECIMAL(38, 10)
                               WHEN 'created_at' THEN epoch_us(created_at)::DECIMAL(38, 10) END,
                    -99999999999999999999::DECIMAL(38, 10)) AS sort_number
    FROM passing
),
page AS (
    SELECT *
    FROM keyed
    WHERE $after_id IS NULL
       OR CASE WHEN $descending
               THEN (sort_text, sort_number, workspace_id) < ($after_text, $after_number::DECIMAL(38, 10), $after_id)
               ELSE (sort_text, sort_number, workspace_id) > ($after_text, $after_number::DECIMAL(38, 10), $after_id) END
    ORDER BY CASE WHEN $descending THEN sort_text END DESC, CASE WHEN NOT $descending THEN sort_text END,
             CASE WHEN $descending THEN sort_number END DESC, CASE WHEN NOT $descending THEN sort_number END,
             CASE WHEN $descending THEN workspace_id END DESC, CASE WHEN NOT $descending THEN workspace_id END
    LIMIT $most_rows
)
SELECT t.total, page.*
FROM (SELECT count(*) AS total FROM passing) AS t
LEFT JOIN page ON true
ORDER BY CASE WHEN $descending THEN sort_text END DESC, CASE WHEN NOT $descending THEN sort_text END,
         CASE WHEN $descending THEN sort_number END DESC, CASE WHEN NOT $descending THEN sort_number END,
         CASE WHEN $descending THEN workspace_id END DESC, CASE WHEN NOT $descending THEN workspace_id END
