-- billing_reads: what was read of a source of bills, by month.
-- grain: one row per billing_period
-- params: source
SELECT billing_period, fingerprint, read_at
FROM billing_reads
WHERE source = %(source)s
