-- migrate:up

-- Tenancy: every fact belongs to an account, every account to a client.
CREATE TABLE clients (
    client_id     integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL UNIQUE CHECK (name <> ''),
    code          text NOT NULL UNIQUE CHECK (code ~ '^[a-z0-9-]{2,40}$'),
    currency      char(3) NOT NULL DEFAULT 'USD',
    active_from   date NOT NULL DEFAULT CURRENT_DATE CHECK (isfinite(active_from)),
    active_to     date CHECK (isfinite(active_to))
);

CREATE TABLE aws_accounts (
    account_id        text PRIMARY KEY CHECK (account_id ~ '^\d{12}$'),
    client_id         integer NOT NULL REFERENCES clients,
    payer_account_id  text CHECK (payer_account_id ~ '^\d{12}$'),
    account_name      text NOT NULL,
    aws_partition     text NOT NULL DEFAULT 'aws',
    role_arn          text NOT NULL,
    external_id       text NOT NULL CHECK (length(external_id) >= 16),
    regions           text[] NOT NULL CHECK (cardinality(regions) > 0),
    status            text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'PAUSED', 'OFFBOARDED')),
    onboarded_at      timestamptz NOT NULL DEFAULT now() CHECK (isfinite(onboarded_at))
);
CREATE INDEX aws_accounts_client ON aws_accounts (client_id);

CREATE TABLE users (
    id                    integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    username              text NOT NULL CHECK (username ~ '^[a-z0-9._@+-]{2,80}$'),
    email                 text UNIQUE,
    display_name          text NOT NULL DEFAULT '',
    password_hash         text NOT NULL,
    role                  text NOT NULL CHECK (role IN ('ADMIN', 'FINANCE', 'ANALYST', 'MANAGER')),
    sees_all_clients      boolean NOT NULL DEFAULT false,
    is_active             boolean NOT NULL DEFAULT true,
    created_at            timestamptz NOT NULL DEFAULT now() CHECK (isfinite(created_at)),
    password_changed_at   timestamptz NOT NULL DEFAULT now() CHECK (isfinite(password_changed_at)),
    last_login_at         timestamptz CHECK (isfinite(last_login_at)),
    UNIQUE (username)
);

CREATE TABLE user_client_access (
    user_id    integer NOT NULL REFERENCES users ON DELETE CASCADE,
    client_id  integer NOT NULL REFERENCES clients ON DELETE CASCADE,
    PRIMARY KEY (user_id, client_id)
);

-- Runs of pipelines, one row per account and region (both NULL for the run as a whole).
CREATE TABLE sync_history (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id             uuid NOT NULL,
    sync_type          text NOT NULL,
    status             text NOT NULL CHECK (status IN ('RUNNING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'ABANDONED')),
    account_id         text REFERENCES aws_accounts,
    region             text,
    records_processed  bigint NOT NULL DEFAULT 0,
    rows_inserted      bigint NOT NULL DEFAULT 0,
    rows_updated       bigint NOT NULL DEFAULT 0,
    rows_deleted       bigint NOT NULL DEFAULT 0,
    api_calls          integer NOT NULL DEFAULT 0,
    throttles          integer NOT NULL DEFAULT 0,
    is_complete        boolean NOT NULL DEFAULT false,
    watermark_from     timestamptz CHECK (isfinite(watermark_from)),
    watermark_to       timestamptz CHECK (isfinite(watermark_to)),
    error_message      text,
    started_at         timestamptz NOT NULL DEFAULT now() CHECK (isfinite(started_at)),
    completed_at       timestamptz CHECK (isfinite(completed_at))
);
CREATE INDEX sync_history_recent ON sync_history (sync_type, account_id, region, started_at DESC);

-- Someone asks for a run; the worker takes the row.
CREATE TABLE sync_requests (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sync_type     text NOT NULL,
    account_id    text REFERENCES aws_accounts,
    requested_by  integer REFERENCES users ON DELETE SET NULL,
    requested_at  timestamptz NOT NULL DEFAULT now(),
    taken_at      timestamptz,
    run_id        uuid
);

-- Scopes that someone who signed in needs; the worker builds and publishes a mart for each.
CREATE TABLE mart_requests (
    scope_key     text PRIMARY KEY,
    client_ids    integer[],
    requested_at  timestamptz NOT NULL DEFAULT now(),
    last_used_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE directories (
    account_id        text NOT NULL REFERENCES aws_accounts,
    region            text NOT NULL,
    directory_id      text NOT NULL,
    name              text,
    alias             text,
    directory_type    text,
    state             text,
    maintenance_mode  boolean,
    PRIMARY KEY (account_id, region, directory_id)
);

CREATE TABLE bundles (
    account_id    text NOT NULL REFERENCES aws_accounts,
    region        text NOT NULL,
    bundle_id     text NOT NULL,
    owner         text,
    name          text,
    description   text,
    compute_type  text,
    root_gib      integer,
    user_gib      integer,
    state         text,
    PRIMARY KEY (account_id, region, bundle_id)
);

CREATE TABLE workspaces (
    workspace_id            text PRIMARY KEY CHECK (workspace_id ~ '^ws-[0-9a-z]{8,63}$'),
    account_id              text NOT NULL REFERENCES aws_accounts,
    region                  text NOT NULL,
    directory_id            text,
    user_name               text,
    display_name            text,
    state                   text NOT NULL,
    bundle_id               text,
    running_mode            text,
    compute_type            text,
    os_name                 text,
    protocols               text[],
    root_volume_gib         integer,
    user_volume_gib         integer,
    auto_stop_timeout_min   integer,
    computer_name           text,
    ip_address              text,
    error_code              text,
    related_workspace_id    text,
    standby_role            text,
    replaced_by_workspace_id text,
    connection_state        text,
    last_connected_at       timestamptz CHECK (isfinite(last_connected_at)),
    connection_checked_at   timestamptz CHECK (isfinite(connection_checked_at)),
    created_at              timestamptz CHECK (isfinite(created_at)),
    created_at_source       text CHECK (created_at_source IN ('cloudtrail', 'cur', 'first_seen')),
    created_by              text,
    terminated_at           timestamptz CHECK (isfinite(terminated_at)),
    terminated_at_source    text CHECK (terminated_at_source IN ('cloudtrail', 'missing')),
    terminated_by           text,
    first_seen_at           timestamptz CHECK (isfinite(first_seen_at)),
    last_seen_at            timestamptz CHECK (isfinite(last_seen_at)),
    missing_since           timestamptz CHECK (isfinite(missing_since)),
    missing_syncs           smallint NOT NULL DEFAULT 0,
    is_in_inventory         boolean NOT NULL DEFAULT true, -- false: known from bills or events alone
    raw                     jsonb,
    CHECK ((terminated_at IS NULL) = (terminated_at_source IS NULL))
);
CREATE INDEX workspaces_account ON workspaces (account_id, region);

CREATE TABLE workspace_tags (
    workspace_id  text NOT NULL,
    account_id    text NOT NULL REFERENCES aws_accounts,
    key           text NOT NULL,
    value         text NOT NULL,
    PRIMARY KEY (workspace_id, key)
);

-- Connected minutes by day, from CloudWatch: 5-minute points with UserConnected = 1.
CREATE TABLE workspace_usage_daily (
    workspace_id     text NOT NULL,
    account_id       text NOT NULL REFERENCES aws_accounts,
    day              date NOT NULL CHECK (isfinite(day)),
    connected_min    integer NOT NULL CHECK (connected_min BETWEEN 0 AND 1440),
    points_received  integer NOT NULL,
    PRIMARY KEY (workspace_id, day)
);
CREATE INDEX workspace_usage_daily_account ON workspace_usage_daily (account_id, day);

CREATE TABLE workspace_usage (
    workspace_id       text NOT NULL,
    account_id         text NOT NULL REFERENCES aws_accounts,
    month              date NOT NULL CHECK (month = date_trunc('month', month)),
    usage_hours        numeric(10,4) NOT NULL CHECK (usage_hours >= 0 AND usage_hours <> 'NaN'),
    usage_source       text NOT NULL CHECK (usage_source IN ('cur', 'cloudwatch', 'estimate')),
    connected_hours    numeric(10,4) CHECK (connected_hours >= 0 AND connected_hours <> 'NaN'),
    billed_hours       numeric(10,4) CHECK (billed_hours >= 0 AND billed_hours <> 'NaN'),
    active_days        smallint,
    coverage_pct       numeric(5,2),
    is_final           boolean NOT NULL DEFAULT false,
    PRIMARY KEY (workspace_id, month)
);
CREATE INDEX workspace_usage_account ON workspace_usage (account_id, month);

-- One row per fee, resource and period, as the source states it. Never add up rows of two sources.
CREATE TABLE billing_data (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source          text NOT NULL CHECK (source IN ('ce', 'cur2', 'focus')),
    account_id      text NOT NULL REFERENCES aws_accounts,
    billing_period  date NOT NULL CHECK (billing_period = date_trunc('month', billing_period)),
    workspace_id    text,
    resource_id     text,
    region          text,
    service         text NOT NULL,
    usage_type      text NOT NULL,
    charge_type     text NOT NULL,
    fee_class       text NOT NULL CHECK (fee_class IN ('alwayson_month', 'autostop_base', 'autostop_hours', 'licence',
                    'storage', 'directory', 'pool', 'tax', 'credit', 'refund', 'other')),
    description     text,
    start_date      date NOT NULL CHECK (isfinite(start_date)),
    end_date        date NOT NULL CHECK (isfinite(end_date)),
    usage_quantity  numeric(18,10) CHECK (usage_quantity <> 'NaN'),
    usage_unit      text,
    amount          numeric(18,10) NOT NULL CHECK (amount <> 'NaN'),
    amount_list     numeric(18,10) CHECK (amount_list <> 'NaN'),
    currency        char(3) NOT NULL DEFAULT 'USD',
    invoice_id      text,
    is_estimated    boolean NOT NULL DEFAULT false,
    CHECK (end_date > start_date),
    UNIQUE NULLS NOT DISTINCT (source, account_id, billing_period, resource_id, region, service, usage_type, charge_type,
                               description, start_date, end_date)
);
CREATE INDEX billing_data_workspace ON billing_data (workspace_id, billing_period);
CREATE INDEX billing_data_account ON billing_data (account_id, start_date);

CREATE TABLE cloudtrail_events (
    event_id            text PRIMARY KEY,
    account_id          text NOT NULL REFERENCES aws_accounts,
    region              text NOT NULL,
    event_name          text NOT NULL,
    event_time          timestamptz NOT NULL CHECK (isfinite(event_time)),
    workspace_id        text, -- the one WorkSpace of the event; NULL when it names several: see the bridge
    user_identity       text NOT NULL,
    actor_type          text,
    source_ip           text,
    error_code          text,
    request_parameters  jsonb,
    response_elements   jsonb
);
CREATE INDEX cloudtrail_events_account ON cloudtrail_events (account_id, region, event_time);

CREATE TABLE cloudtrail_event_workspaces (
    event_id      text NOT NULL REFERENCES cloudtrail_events ON DELETE CASCADE,
    workspace_id  text NOT NULL,
    relation      text NOT NULL CHECK (relation IN ('target', 'created', 'source', 'replacement')),
    item_error    text,
    PRIMARY KEY (event_id, workspace_id, relation)
);
CREATE INDEX cloudtrail_event_workspaces_ws ON cloudtrail_event_workspaces (workspace_id);

-- AWS's list prices, dated. A monthly fee depends on storage, an hourly one on compute alone.
CREATE TABLE price_list (
    region            text NOT NULL,
    compute_type      text NOT NULL,
    os_license        text NOT NULL,
    root_gib          integer NOT NULL,
    user_gib          integer NOT NULL,
    valid_from        date NOT NULL CHECK (isfinite(valid_from)),
    always_on_usd     numeric(18,10) CHECK (always_on_usd <> 'NaN'),
    auto_stop_usd     numeric(18,10) CHECK (auto_stop_usd <> 'NaN'),
    hourly_usd        numeric(18,10) CHECK (hourly_usd <> 'NaN'),
    source            text NOT NULL,
    is_estimate       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (region, compute_type, os_license, root_gib, user_gib, valid_from)
);

-- migrate:down
DROP TABLE price_list, cloudtrail_event_workspaces, cloudtrail_events, billing_data, workspace_usage,
    workspace_usage_daily, workspace_tags, workspaces, bundles, directories, mart_requests, sync_requests, sync_history,
    user_client_access, users, aws_accounts, clients;
