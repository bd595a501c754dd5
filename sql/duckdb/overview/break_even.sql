-- break_even: the hours per month above which ALWAYS_ON costs less than AUTO_STOP, by list price of what is in use.
-- grain: one row; NULL where no list price is known
-- units: hours per month, lowest and highest over the compute types in use and the median over the WorkSpaces
-- source: workspaces, price_list
WITH price AS (
    SELECT region, compute_type, root_gib, user_gib, (always_on_usd - auto_stop_usd) / hourly_usd AS break_even_hours
    FROM price_list
    WHERE hourly_usd > 0 AND os_license = 'Included'
    QUALIFY row_number() OVER (PARTITION BY region, compute_type, root_gib, user_gib ORDER BY valid_from DESC) = 1
)
SELECT CAST(median(p.break_even_hours) AS DOUBLE) AS median_hours, CAST(min(p.break_even_hours) AS DOUBLE) AS least_hours,
       CAST(max(p.break_even_hours) AS DOUBLE) AS most_hours
FROM workspaces AS w
JOIN price AS p ON p.region = w.region AND p.compute_type = w.compute_type AND p.root_gib = w.root_volume_gib
    AND p.user_gib = w.user_volume_gib
WHERE w.terminated_at IS NULL AND w.is_in_inventory
