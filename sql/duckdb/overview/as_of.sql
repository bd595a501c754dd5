-- as_of: the instant that the mart's data were taken at.
-- grain: one row per mart
-- units: instant UTC
-- source: mart_info
SELECT max(snapshot_at) AS as_of FROM mart_info
