"""Two small marts built by hand: Acme's three WorkSpaces and Globex's one, with figures that can be added up by eye.

The data are as of 2026-11-20 12:00 UTC, so October 2026 is the last complete month.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from workbench.domain.scope import ALL_CLIENTS, Scope
from workbench.marts import draft_path, publish
from workbench.queries import query, query_names

AS_OF = datetime(2026, 11, 20, 12, tzinfo=UTC)
ACME, GLOBEX = 1, 2

TABLES = """
CREATE TABLE mart_info (snapshot_at TIMESTAMPTZ);
CREATE TABLE accounts (account_id VARCHAR, account_name VARCHAR, client_id INTEGER, client_name VARCHAR,
    payer_account_id VARCHAR, regions VARCHAR[], status VARCHAR, onboarded_at TIMESTAMPTZ);
CREATE TABLE workspaces (workspace_id VARCHAR, account_id VARCHAR, region VARCHAR, directory_id VARCHAR, user_name
    VARCHAR, display_name VARCHAR, state VARCHAR, bundle_id VARCHAR, running_mode VARCHAR, compute_type VARCHAR,
    os_name VARCHAR, root_volume_gib INTEGER, user_volume_gib INTEGER, auto_stop_timeout_min INTEGER, computer_name
    VARCHAR, error_code VARCHAR, standby_role VARCHAR, related_workspace_id VARCHAR, replaced_by_workspace_id VARCHAR,
    connection_state VARCHAR, last_connected_at TIMESTAMPTZ, created_at TIMESTAMPTZ, created_at_source VARCHAR,
    created_by VARCHAR, terminated_at TIMESTAMPTZ, terminated_at_source VARCHAR, terminated_by VARCHAR, first_seen_at
    TIMESTAMPTZ, last_seen_at TIMESTAMPTZ, is_in_inventory BOOLEAN);
CREATE TABLE workspace_tags (workspace_id VARCHAR, account_id VARCHAR, tag_key VARCHAR, tag_value VARCHAR);
CREATE TABLE workspace_usage (workspace_id VARCHAR, month DATE, account_id VARCHAR, usage_hours DECIMAL(10,4),
    usage_source VARCHAR, connected_hours DECIMAL(10,4), billed_hours DECIMAL(10,4), active_days SMALLINT,
    coverage_pct DECIMAL(5,2), is_final BOOLEAN);
CREATE TABLE workspace_usage_daily (workspace_id VARCHAR, day DATE, account_id VARCHAR, connected_min INTEGER,
    points_received INTEGER);
CREATE TABLE billing_data (workspace_id VARCHAR, account_id VARCHAR, service VARCHAR, usage_type VARCHAR, start_date
    DATE, end_date DATE, amount DECIMAL(18,10), currency VARCHAR, billing_period DATE, region VARCHAR, resource_id
    VARCHAR, charge_type VARCHAR, fee_class VARCHAR, description VARCHAR, usage_quantity DECIMAL(18,10), usage_unit
    VARCHAR, amount_list DECIMAL(18,10), invoice_id VARCHAR, is_estimated BOOLEAN, source VARCHAR);
CREATE TABLE billing_totals (account_id VARCHAR, billing_period DATE, source VARCHAR, currency VARCHAR, amount
    DECIMAL(38,10), lines BIGINT, is_estimated BOOLEAN);
CREATE TABLE cloudtrail_events (event_id VARCHAR, event_name VARCHAR, event_time TIMESTAMPTZ, workspace_id VARCHAR,
    user_identity VARCHAR, request_parameters JSON, account_id VARCHAR, region VARCHAR, actor_type VARCHAR, source_ip
    VARCHAR, error_code VARCHAR, relation VARCHAR);
CREATE TABLE price_list (region VARCHAR, compute_type VARCHAR, os_license VARCHAR, root_gib INTEGER, user_gib INTEGER,
    valid_from DATE, always_on_usd DECIMAL(18,10), auto_stop_usd DECIMAL(18,10), hourly_usd DECIMAL(18,10), source
    VARCHAR, is_estimate BOOLEAN);
CREATE TABLE sync_history (id BIGINT, sync_type VARCHAR, status VARCHAR, records_processed BIGINT, started_at
    TIMESTAMPTZ, completed_at TIMESTAMPTZ, account_id VARCHAR, region VARCHAR, is_complete BOOLEAN);
"""

# account, client, name
ACCOUNTS = {ACME: ("111111111111", "acme-prod", "Acme"), GLOBEX: ("222222222222", "globex-main", "Globex")}

# workspace_id: client, user, state, running mode, last connected, October cost, October hours
WORKSPACES = {
    "ws-acme00001": (ACME, "alice", "AVAILABLE", "ALWAYS_ON", "2026-11-19 09:00+00", "35.00", "10"),
    "ws-acme00002": (ACME, "bob", "STOPPED", "AUTO_STOP", "2026-09-01 09:00+00", "9.75", "0"),
    "ws-acme00003": (ACME, "carla", "AVAILABLE", "AUTO_STOP", "2026-11-20 08:00+00", "20.25", "35"),
    "ws-globex001": (GLOBEX, "dora", "ERROR", "ALWAYS_ON", "2026-11-18 10:00+00", "50.10", "100"),
}


def publish_mart(home: Path, scope: Scope) -> Path:
    """Publish a mart of `scope` below `home` with the clients it may see, and return its file."""
    draft = draft_path(home, scope)
    clients = [c for c in ACCOUNTS if scope.is_all or c in (scope.client_ids or ())]
    with duckdb.connect(str(draft)) as mart:
        mart.execute("SET TimeZone = 'UTC'")
        mart.execute(TABLES)
        mart.execute("INSERT INTO mart_info VALUES ($at)", {"at": AS_OF})
        for client in clients:
            _add_client(mart, client)
        for name in query_names("duckdb/views"):
            mart.execute(f"CREATE VIEW {name.split('/')[-1]} AS {query(name).text}")
    return publish(home, scope, draft)


def publish_all(home: Path) -> None:
    """The marts of Acme, of Globex and of both."""
    for scope in (Scope.of(ACME), Scope.of(GLOBEX), ALL_CLIENTS):
        publish_mart(home, scope)


def _add_client(mart: duckdb.DuckDBPyConnection, client: int) -> None:
    account, account_name, client_name = ACCOUNTS[client]
    mart.execute(
        "INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ['eu-west-1'], 'ACTIVE', '2026-01-01')",
        [account, account_name, client, client_name, account],
    )
    mart.execute(
        "INSERT INTO sync_history VALUES (?, 'inventory', ?, 3, '2026-11-20 11:00+00', '2026-11-20 11:01+00', ?, "
        "'eu-west-1', true)",
        [client * 10, "SUCCEEDED" if client == ACME else "FAILED", account],
    )
    for workspace_id, (owner, user, state, mode, connected, cost, hours) in WORKSPACES.items():
        if owner != client:
            continue
        mart.execute(
            "INSERT INTO workspaces (workspace_id, account_id, region, user_name, display_name, state, running_mode, "
            "compute_type, last_connected_at, created_at, is_in_inventory) "
            "VALUES (?, ?, 'eu-west-1', ?, ?, ?, ?, 'STANDARD', ?, '2026-02-01 00:00+00', true)",
            [workspace_id, account, user, user.title(), state, mode, connected],
        )
        mart.execute(
            "INSERT INTO workspace_usage VALUES (?, '2026-10-01', ?, ?, 'cur', ?, ?, 20, 100, true)",
            [workspace_id, account, hours, hours, hours],
        )
        # September cost a dollar less than October.
        for month, amount in (("2026-09-01", f"{cost} - 1"), ("2026-10-01", cost)):
            mart.execute(
                "INSERT INTO billing_data (workspace_id, account_id, service, usage_type, start_date, end_date, "
                "amount, currency, billing_period, fee_class, charge_type, is_estimated, source) "
                f"SELECT ?, ?, 'AmazonWorkSpaces', 'EU-AW-HW-2', ?, ?::DATE + INTERVAL 1 MONTH, {amount}, "
                "'USD', ?, 'other', 'Usage', false, 'cur2'",
                [workspace_id, account, month, month, month],
            )
        mart.execute(
            "INSERT INTO cloudtrail_events (event_id, event_name, event_time, workspace_id, user_identity, account_id) "
            "VALUES (?, 'CreateWorkspaces', '2026-02-01 00:00+00', ?, ?, ?)",
            [f"event-{workspace_id}", workspace_id, f"{client_name.lower()}-admin", account],
        )
        mart.execute("INSERT INTO workspace_tags VALUES (?, ?, 'owner', ?)", [workspace_id, account, user])
