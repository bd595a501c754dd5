-- largest_savings: the WorkSpaces whose change of running mode would save most.
-- grain: one row per workspace_id, at most $most_rows
-- units: saving_usd in USD per month, by list price; hours per month
-- params: $most_rows integer
-- source: v_mode_recommendation
SELECT workspace_id, user_name, client_name, compute_type, running_mode, recommended_mode, mean_hours, break_even_hours,
       saving_usd
FROM v_mode_recommendation
ORDER BY saving_usd DESC, workspace_id
LIMIT $most_rows
