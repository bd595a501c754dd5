-- migrate:up

-- What was read of each source of bills, so that a month that did not change is not read again.
CREATE TABLE billing_reads (
    source          text NOT NULL CHECK (source IN ('ce', 'cur2', 'focus')),
    billing_period  date NOT NULL CHECK (billing_period = date_trunc('month', billing_period)),
    fingerprint     text NOT NULL, -- of the files and of the accounts that were loaded from them
    read_at         timestamptz NOT NULL CHECK (isfinite(read_at)),
    PRIMARY KEY (source, billing_period)
);

-- migrate:down
DROP TABLE billing_reads;
