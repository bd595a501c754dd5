-- billing_read: remembers that a month of a source was loaded completely.
-- grain: one row per (source, billing_period)
-- params: source, billing_period, fingerprint, read_at
INSERT INTO billing_reads (source, billing_period, fingerprint, read_at)
VALUES (%(source)s, %(billing_period)s, %(fingerprint)s, %(read_at)s)
ON CONFLICT (source, billing_period) DO UPDATE SET fingerprint = excluded.fingerprint, read_at = excluded.read_at
