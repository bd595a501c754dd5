-- mart_info: which version of the mart this is, and of what moment.
-- grain: one row
-- params: $version integer, $published_at timestamptz
-- source: mirror, mirror_info
SELECT CAST($version AS INTEGER) AS version, m.snapshot_at, CAST($published_at AS TIMESTAMPTZ) AS published_at
FROM mirror.mirror_info AS m
