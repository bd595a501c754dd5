-- workspace_life: birth, end and successor of WorkSpaces, from the best witness of each.
-- grain: one row per workspace_id of the account (and region) whose life was learned anew
-- params: account_id, region (NULL: all), now
-- Birth: CloudTrail before the first line of the bill before the first sight. End: an event without error, or two complete
-- reads without it; a WorkSpace that only bills know is gone when they stopped before this month and a complete read lacks it.
-- What the last complete read shows is alive, whatever events say.
WITH born AS (
    SELECT x.workspace_id, min(e.event_time) AS at_instant,
           (array_agg(e.user_identity ORDER BY e.event_time, e.event_id))[1] AS by_whom
    FROM cloudtrail_event_workspaces AS x
    JOIN cloudtrail_events AS e ON e.event_id = x.event_id
    WHERE e.account_id = %(account_id)s AND e.error_code IS NULL AND x.item_error IS NULL
      AND x.relation IN ('created', 'replacement')
    GROUP BY x.workspace_id
),
ended AS (
    SELECT x.workspace_id, min(e.event_time) AS at_instant,
           (array_agg(e.user_identity ORDER BY e.event_time, e.event_id))[1] AS by_whom
    FROM cloudtrail_event_workspaces AS x
    JOIN cloudtrail_events AS e ON e.event_id = x.event_id
    WHERE e.account_id = %(account_id)s AND e.error_code IS NULL AND x.item_error IS NULL
      AND (x.relation = 'source' OR (x.relation = 'target' AND e.event_name = 'TerminateWorkspaces'))
    GROUP BY x.workspace_id
),
followed AS (
    SELECT old.workspace_id, min(new.workspace_id) AS by_workspace_id
    FROM cloudtrail_event_workspaces AS old
    JOIN cloudtrail_event_workspaces AS new ON new.event_id = old.event_id AND new.relation = 'replacement'
    JOIN cloudtrail_events AS e ON e.event_id = old.event_id
    WHERE e.account_id = %(account_id)s AND e.error_code IS NULL AND old.relation = 'source'
    GROUP BY old.workspace_id
),
billed AS (
    SELECT b.workspace_id, min(b.start_date) AS first_day, max(b.end_date) AS end_day
    FROM billing_data AS b
    WHERE b.account_id = %(account_id)s AND b.workspace_id IS NOT NULL
      AND b.fee_class IN ('alwayson_month', 'autostop_base', 'autostop_hours', 'licence', 'storage')
    GROUP BY b.workspace_id
),
read_completely AS (
    SELECT DISTINCT region
    FROM sync_history
    WHERE sync_type = 'inventory' AND account_id = %(account_id)s AND is_complete
),
learned AS (
    SELECT w.workspace_id, n.by_workspace_id,
           CASE WHEN b.at_instant IS NOT NULL THEN b.at_instant
                WHEN w.created_at_source = 'cloudtrail' THEN w.created_at
                WHEN f.first_day <= w.first_seen_at THEN f.first_day::timestamp AT TIME ZONE 'UTC'
                ELSE w.first_seen_at END AS created_at,
           CASE WHEN b.at_instant IS NOT NULL OR w.created_at_source = 'cloudtrail' THEN 'cloudtrail'
                WHEN f.first_day <= w.first_seen_at THEN 'cur'
                ELSE 'first_seen' END AS created_at_source,
           coalesce(b.by_whom, w.created_by) AS created_by,
           CASE WHEN w.is_in_inventory AND w.missing_since IS NULL THEN NULL
                WHEN d.at_instant IS NOT NULL THEN d.at_instant
                WHEN w.terminated_at_source = 'cloudtrail' THEN w.terminated_at
                WHEN NOT w.is_in_inventory AND r.region IS NOT NULL
                     AND (w.missing_syncs >= 2 OR f.end_day <= date_trunc('month', %(now)s::timestamptz)::date)
                    THEN least(w.missing_since, f.end_day::timestamp AT TIME ZONE 'UTC')
                WHEN w.missing_syncs >= 2 THEN w.missing_since
                ELSE w.terminated_at
           END AS terminated_at,
           CASE WHEN d.at_instant IS NOT NULL OR w.terminated_at_source = 'cloudtrail' THEN 'cloudtrail'
                ELSE 'missing' END AS end_source,
           coalesce(d.by_whom, w.terminated_by) AS ended_by
    FROM workspaces AS w
    LEFT JOIN born AS b ON b.workspace_id = w.workspace_id
    LEFT JOIN ended AS d ON d.workspace_id = w.workspace_id
    LEFT JOIN followed AS n ON n.workspace_id = w.workspace_id
    LEFT JOIN billed AS f ON f.workspace_id = w.workspace_id
    LEFT JOIN read_completely AS r ON r.region = w.region
    WHERE w.account_id = %(account_id)s AND (%(region)s::text IS NULL OR w.region = %(region)s)
)
UPDATE workspaces AS w
SET created_at = l.created_at, created_at_source = l.created_at_source, created_by = l.created_by,
    terminated_at = l.terminated_at,
    terminated_at_source = CASE WHEN l.terminated_at IS NOT NULL THEN l.end_source END,
    terminated_by = CASE WHEN l.terminated_at IS NOT NULL THEN l.ended_by END,
    state = CASE WHEN l.terminated_at IS NOT NULL THEN 'TERMINATED' ELSE w.state END,
    replaced_by_workspace_id = coalesce(l.by_workspace_id, w.replaced_by_workspace_id)
FROM learned AS l
WHERE l.workspace_id = w.workspace_id
  AND (w.created_at, w.created_at_source, w.created_by, w.terminated_at, w.terminated_at_source, w.terminated_by,
       w.replaced_by_workspace_id)
      IS DISTINCT FROM
      (l.created_at, l.created_at_source, l.created_by, l.terminated_at,
       CASE WHEN l.terminated_at IS NOT NULL THEN l.end_source END,
       CASE WHEN l.terminated_at IS NOT NULL THEN l.ended_by END,
       coalesce(l.by_workspace_id, w.replaced_by_workspace_id))
