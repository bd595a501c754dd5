-- snapshot: what identifies the state of the record that a transaction sees.
-- grain: one row
SELECT now() AS snapshot_at, pg_snapshot_xmin(pg_current_snapshot())::text AS low,
       (SELECT system_identifier::text FROM pg_control_system()) AS system_identifier
