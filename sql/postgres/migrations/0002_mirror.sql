-- migrate:up

-- What the DuckDB mirror needs to be exact: every row knows the transaction that wrote it last, every deleted row leaves a
-- tombstone, a truncated table a marker. A reader takes all rows whose `ver` is not below the xmin of its last snapshot.
CREATE SCHEMA mirror;

CREATE TABLE mirror.tombstones (
    table_name  text NOT NULL,
    key         jsonb NOT NULL,
    ver         xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX tombstones_ver ON mirror.tombstones (ver);

CREATE TABLE mirror.truncations (
    table_name  text NOT NULL,
    ver         xid8 NOT NULL DEFAULT pg_current_xact_id()
);

CREATE FUNCTION mirror.stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ver := pg_current_xact_id();
    RETURN NEW;
END $$;

-- TG_ARGV holds the columns of the primary key.
CREATE FUNCTION mirror.bury() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mirror.tombstones (table_name, key)
    SELECT TG_TABLE_NAME, (SELECT jsonb_object_agg(c, to_jsonb(gone) -> c) FROM unnest(TG_ARGV) AS c)
    FROM gone;
    RETURN NULL;
END $$;

CREATE FUNCTION mirror.mark_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mirror.truncations (table_name) VALUES (TG_TABLE_NAME);
    RETURN NULL;
END $$;

CREATE PROCEDURE mirror.track(mirrored_table text, VARIADIC key_columns text[]) LANGUAGE plpgsql AS $$
BEGIN
    -- A constant default first: the table is not rewritten.
    EXECUTE format('ALTER TABLE %I ADD COLUMN ver xid8 NOT NULL DEFAULT ''0''', mirrored_table);
    EXECUTE format('ALTER TABLE %I ALTER COLUMN ver SET DEFAULT pg_current_xact_id()', mirrored_table);
    EXECUTE format('CREATE INDEX %I ON %I (ver)', mirrored_table || '_ver', mirrored_table);
    EXECUTE format('CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION mirror.stamp()',
        mirrored_table);
    EXECUTE format('CREATE TRIGGER bury AFTER DELETE ON %I REFERENCING OLD TABLE AS gone FOR EACH STATEMENT '
        'EXECUTE FUNCTION mirror.bury(%s)', mirrored_table,
        (SELECT string_agg(quote_literal(c), ', ') FROM unnest(key_columns) AS c));
    EXECUTE format('CREATE TRIGGER mark_truncated AFTER TRUNCATE ON %I FOR EACH STATEMENT '
        'EXECUTE FUNCTION mirror.mark_truncated()', mirrored_table);
END $$;

CALL mirror.track('clients', 'client_id');
CALL mirror.track('aws_accounts', 'account_id');
CALL mirror.track('sync_history', 'id');
CALL mirror.track('directories', 'account_id', 'region', 'directory_id');
CALL mirror.track('bundles', 'account_id', 'region', 'bundle_id');
CALL mirror.track('workspaces', 'workspace_id');
CALL mirror.track('workspace_tags', 'workspace_id', 'key');
CALL mirror.track('workspace_usage_daily', 'workspace_id', 'day');
CALL mirror.track('workspace_usage', 'workspace_id', 'month');
CALL mirror.track('billing_data', 'id');
CALL mirror.track('cloudtrail_events', 'event_id');
CALL mirror.track('cloudtrail_event_workspaces', 'event_id', 'workspace_id', 'relation');
CALL mirror.track('price_list', 'region', 'compute_type', 'os_license', 'root_gib', 'user_gib', 'valid_from');

-- migrate:down
DROP SCHEMA mirror CASCADE;
