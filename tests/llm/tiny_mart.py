"""A mart small enough to work out every answer by hand; its columns and views are those of sql/duckdb.

Today is 2026-06-30. Bills of May | June 2026, USD:
  Acme    acme-prod    ws-aaaa00001 ann.lee 35 | 35    ws-aaaa00002 bob.ray 20 | 12    tax 6 | 7
          acme-dev     ws-aaaa00003 cat.fox 10 | 5     ws-aaaa00004 dan.sun  - | 30
  Globex  globex-prod  ws-gggg00001 eve.orr 15 | 25    ws-gggg00002 ann.lee 500 | 510  credit - | -50
so Acme 71 | 89 and Globex 515 | 485, all 586 | 574.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from pipelines.mart import view_names
from workbench.queries import query

TODAY = date(2026, 6, 30)

_TABLES = """
CREATE TABLE accounts (account_id VARCHAR, account_name VARCHAR, client_id INTEGER, client_name VARCHAR);
CREATE TABLE workspaces (workspace_id VARCHAR, account_id VARCHAR, region VARCHAR, directory_id VARCHAR, user_name VARCHAR,
  display_name VARCHAR, state VARCHAR, bundle_id VARCHAR, running_mode VARCHAR, compute_type VARCHAR, os_name VARCHAR,
  root_volume_gib INTEGER, user_volume_gib INTEGER, standby_role VARCHAR, replaced_by_workspace_id VARCHAR,
  last_connected_at TIMESTAMPTZ, created_at TIMESTAMPTZ, created_at_source VARCHAR, created_by VARCHAR,
  terminated_at TIMESTAMPTZ, terminated_at_source VARCHAR, terminated_by VARCHAR, first_seen_at TIMESTAMPTZ,
  last_seen_at TIMESTAMPTZ, is_in_inventory BOOLEAN);
CREATE TABLE workspace_tags (workspace_id VARCHAR, account_id VARCHAR, tag_key VARCHAR, tag_value VARCHAR);
CREATE TABLE workspace_usage (workspace_id VARCHAR, month DATE, account_id VARCHAR, usage_hours DECIMAL(10,4),
  usage_source VARCHAR, connected_hours DECIMAL(10,4), billed_hours DECIMAL(10,4), active_days SMALLINT,
  coverage_pct DECIMAL(5,2), is_final BOOLEAN);
CREATE TABLE billing_data (workspace_id VARCHAR, account_id VARCHAR, service VARCHAR, usage_type VARCHAR, start_date DATE,
  end_date DATE, amount DECIMAL(18,10), currency VARCHAR, billing_period DATE, region VARCHAR, resource_id VARCHAR,
  charge_type VARCHAR, fee_class VARCHAR, description VARCHAR, usage_quantity DECIMAL(18,10), usage_unit VARCHAR,
  amount_list DECIMAL(18,10), invoice_id VARCHAR, is_estimated BOOLEAN, source VARCHAR);
CREATE TABLE billing_totals (account_id VARCHAR, billing_period DATE, source VARCHAR, currency VARCHAR,
  amount DECIMAL(38,10), lines BIGINT, is_estimated BOOLEAN);
CREATE TABLE cloudtrail_events (event_id VARCHAR, event_name VARCHAR, event_time TIMESTAMPTZ, workspace_id VARCHAR,
  user_identity VARCHAR, request_parameters VARCHAR, account_id VARCHAR);
CREATE TABLE sync_history (id BIGINT, sync_type VARCHAR, status VARCHAR, records_processed BIGINT, started_at TIMESTAMPTZ,
  completed_at TIMESTAMPTZ, account_id VARCHAR, region VARCHAR, is_complete BOOLEAN);
CREATE TABLE price_list (region VARCHAR, compute_type VARCHAR, os_license VARCHAR, root_gib INTEGER, user_gib INTEGER,
  valid_from DATE, always_on_usd DECIMAL(18,10), auto_stop_usd DECIMAL(18,10), hourly_usd DECIMAL(18,10), is_estimate BOOLEAN);
CREATE TABLE mart_info (snapshot_at TIMESTAMPTZ);
"""
_ACCOUNTS = [
    ("100000000001", "acme-prod", 1, "Acme"),
    ("100000000002", "acme-dev", 1, "Acme"),
    ("200000000001", "globex-prod", 2, "Globex"),
]
# id, account, region, user, state, running mode, compute type, created, terminated, last connected, cost centre
_WORKSPACES = [
    ("ws-aaaa00001", 0, "us-east-1", "ann.lee", "AVAILABLE", "ALWAYS_ON", "STANDARD", "2025-01-10", None, "2026-06-29", "sales"),
    ("ws-aaaa00002", 0, "eu-west-1", "bob.ray", "STOPPED", "AUTO_STOP", "POWER", "2025-03-05", None, "2026-04-01", "it"),
    ("ws-aaaa00003", 1, "us-east-1", "cat.fox", "TERMINATED", "AUTO_STOP", "VALUE", "2024-02-01", "2026-06-10", "2026-05-20", "it"),
    ("ws-aaaa00004", 1, "us-east-1", "dan.sun", "AVAILABLE", "ALWAYS_ON", "STANDARD", "2026-06-05", None, None, "sales"),
    ("ws-gggg00001", 2, "eu-west-1", "eve.orr", "AVAILABLE", "AUTO_STOP", "STANDARD", "2026-03-01", None, "2026-06-20", "it"),
    ("ws-gggg00002", 2, "eu-west-1", "ann.lee", "ERROR", "ALWAYS_ON", "GRAPHICS", "2025-12-01", None, "2026-01-15", "it"),
]  # fmt: skip
# WorkSpace (None: none), account, kind of fee, May, June
_BILLS = [
    ("ws-aaaa00001", 0, "alwayson_month", 35, 35),
    ("ws-aaaa00002", 0, "autostop_base", 20, 12),
    ("ws-aaaa00003", 1, "autostop_base", 10, 5),
    ("ws-aaaa00004", 1, "alwayson_month", None, 30),
    ("ws-gggg00001", 2, "autostop_hours", 15, 25),
    ("ws-gggg00002", 2, "alwayson_month", 500, 510),
    (None, 0, "tax", 6, 7),
    (None, 2, "credit", None, -50),
]
_HOURS = [
    ("ws-aaaa00001", 0, 100, 120), ("ws-aaaa00002", 0, 4, 0), ("ws-aaaa00003", 1, 30, 8), ("ws-aaaa00004", 1, None, 0),
    ("ws-gggg00001", 2, 40, 60), ("ws-gggg00002", 2, 0, 0),
]  # fmt: skip
_EVENTS = [
    ("e1", "RebootWorkspaces", "2026-06-03", "ws-aaaa00001", "admin.jo"),
    ("e2", "RebootWorkspaces", "2026-06-04", "ws-aaaa00002", "admin.jo"),
    ("e3", "RebootWorkspaces", "2026-06-09", "ws-aaaa00001", "admin.kim"),
    ("e4", "CreateWorkspaces", "2026-06-05", "ws-aaaa00004", "admin.jo"),
    ("e5", "TerminateWorkspaces", "2026-06-10", "ws-aaaa00003", "admin.kim"),
    ("e6", "RebootWorkspaces", "2026-05-02", "ws-gggg00001", "admin.jo"),
]
_SYNCS = [
    (1, "inventory", "SUCCEEDED", 60, "2026-06-29 01:00:00", "2026-06-29 01:02:00", 0),
    (2, "billing", "FAILED", 0, "2026-06-29 02:00:00", "2026-06-29 02:01:00", 0),
    (3, "inventory", "FAILED", 0, "2026-06-28 01:00:00", "2026-06-28 01:01:00", 2),
]


def build_tiny_mart(file: Path) -> Path:
    """Write the mart and return its file."""
    with duckdb.connect(str(file)) as mart:
        mart.execute("SET TimeZone = 'UTC'")
        mart.execute(_TABLES)
        mart.executemany("INSERT INTO accounts VALUES (?, ?, ?, ?)", _ACCOUNTS)
        for number, (id_, account, region, user, state, mode, compute, created, ended, seen, centre) in enumerate(
            _WORKSPACES
        ):
            mart.execute(
                "INSERT INTO workspaces (workspace_id, account_id, region, directory_id, user_name, display_name, state, bundle_id,"
                " running_mode, compute_type, os_name, root_volume_gib, user_volume_gib, created_at, terminated_at,"
                " last_connected_at, is_in_inventory) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'WINDOWS_SERVER_2022', 80, 50, ?, ?, ?, true)",
                [id_, _ACCOUNTS[account][0], region, f"d-000000{account}", user, user.title(), state, f"wsb-{number:09d}", mode,
                 compute, created, ended, seen],
            )  # fmt: skip
            mart.execute(
                "INSERT INTO workspace_tags VALUES (?, ?, 'CostCentre', ?)", [id_, _ACCOUNTS[account][0], centre]
            )
        for id_, account, fee, *amounts in _BILLS:
            for month, amount in zip(("2026-05-01", "2026-06-01"), amounts, strict=True):
                if amount is not None:
                    mart.execute(
                        "INSERT INTO billing_data (workspace_id, account_id, service, usage_type, start_date, end_date, amount,"
                        " currency, billing_period, charge_type, fee_class, is_estimated, source)"
                        " VALUES (?, ?, 'AmazonWorkSpaces', ?, ?, ?::DATE + INTERVAL 1 MONTH, ?, 'USD', ?, 'Usage', ?, false, 'cur2')",
                        [id_, _ACCOUNTS[account][0], f"USE1-{fee}", month, month, amount, month, fee],
                    )
        for id_, account, *hours in _HOURS:
            for month, used in zip(("2026-05-01", "2026-06-01"), hours, strict=True):
                if used is not None:
                    mart.execute(
                        "INSERT INTO workspace_usage (workspace_id, month, account_id, usage_hours, usage_source) VALUES (?, ?, ?, ?, 'cur')",
                        [id_, month, _ACCOUNTS[account][0], used],
                    )
        homes = {row[0]: _ACCOUNTS[row[1]][0] for row in _WORKSPACES}
        for id_, name, moment, workspace, who in _EVENTS:
            mart.execute(
                "INSERT INTO cloudtrail_events VALUES (?, ?, ?, ?, ?, '{}', ?)",
                [id_, name, moment, workspace, who, homes[workspace]],
            )
        for number, kind, status, records, began, ended, account in _SYNCS:
            mart.execute("INSERT INTO sync_history VALUES (?, ?, ?, ?, ?, ?, ?, 'us-east-1', true)",
                         [number, kind, status, records, began, ended, _ACCOUNTS[account][0]])  # fmt: skip
        # AlwaysOn 35, AutoStop 10 + 0.20 an hour; no WorkSpace has two complete months of use before June, so none is advised.
        mart.execute(
            "INSERT INTO price_list VALUES ('us-east-1', 'STANDARD', 'Included', 80, 50, '2025-01-01', 35, 10, 0.20, false)"
        )
        mart.execute("INSERT INTO mart_info VALUES ('2026-06-30 12:00:00')")
        for name in view_names():
            mart.execute(f"CREATE VIEW {Path(name).name} AS {query(name).text}")
    return file
