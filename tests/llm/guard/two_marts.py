"""Two tenants' marts, side by side on disk, and what must never cross between them.

Every text of the other tenant holds CANARY and its amounts are OTHER_AMOUNT; a folder beside the marts holds a private
database with a `users` table and a secret CSV, so that reading any of them shows in an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

CANARY = "XTEN"
OTHER_AMOUNT = "777777.77"
SECRET = "hunter2-secret-text"

_TABLES = """
CREATE TABLE accounts (account_id VARCHAR, account_name VARCHAR, client_name VARCHAR);
CREATE TABLE workspaces (workspace_id VARCHAR, account_id VARCHAR, region VARCHAR, directory_id VARCHAR,
  user_name VARCHAR,
  display_name VARCHAR, state VARCHAR, bundle_id VARCHAR, running_mode VARCHAR, compute_type VARCHAR,
  created_at TIMESTAMP, terminated_at TIMESTAMP, last_connected_at TIMESTAMP);
CREATE TABLE workspace_usage (workspace_id VARCHAR, month DATE, usage_hours DOUBLE);
CREATE TABLE billing_data (workspace_id VARCHAR, account_id VARCHAR, service VARCHAR, usage_type VARCHAR,
  start_date DATE, end_date DATE, amount DECIMAL(18, 10), currency VARCHAR);
CREATE TABLE cloudtrail_events (event_id VARCHAR, event_name VARCHAR, event_time TIMESTAMP, workspace_id VARCHAR,
  user_identity VARCHAR, request_parameters VARCHAR);
CREATE TABLE sync_history (id BIGINT, sync_type VARCHAR, status VARCHAR, records_processed BIGINT,
  started_at TIMESTAMP, completed_at TIMESTAMP);
"""
_VIEWS = """
CREATE VIEW v_unused AS SELECT w.workspace_id, w.region FROM workspaces w
  WHERE NOT EXISTS (SELECT 1 FROM workspace_usage u WHERE u.workspace_id = w.workspace_id AND u.usage_hours > 0);
CREATE VIEW v_client_month_cost AS
  SELECT a.client_name, date_trunc('month', b.start_date)::DATE AS month, sum(b.amount) AS usd
  FROM billing_data b JOIN accounts a USING (account_id) GROUP BY ALL;
"""
_REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")
_MODES = ("AUTO_STOP", "ALWAYS_ON", "MANUAL")
_STATES = ("AVAILABLE", "STOPPED", "TERMINATED")
_USERS = ("akim7", "bpatel", "csmith", "dobrien", "svc_kiosk", "zangstrom", "akim7")
_NAMES = ("Ann Kim", "Bea Patel", "Cy Smith", "Dan O'Brien", "Kiosk", "Zoë Ångström", "Ann Kim")


@dataclass(frozen=True, slots=True)
class TwoMarts:
    """Files of the two tenants and of what neither may read."""

    ours: Path
    theirs: Path
    private: Path
    secret_csv: Path


def build_two_marts(home: Path) -> TwoMarts:
    """Write both marts, the private database and the secret file below `home`."""
    found = TwoMarts(home / "ours.duckdb", home / "theirs.duckdb", home / "private.duckdb", home / "secret.csv")
    _build(found.ours, "", "12.5")
    _build(found.theirs, CANARY, OTHER_AMOUNT)
    with duckdb.connect(str(found.private)) as private:
        private.execute("CREATE TABLE users (username VARCHAR, password_hash VARCHAR, role VARCHAR, email VARCHAR)")
        private.execute("INSERT INTO users VALUES ('root', ?, 'superadmin', 'root@example.com')", [SECRET])
    found.secret_csv.write_text(f"name,value\nkey,{SECRET}\n")
    return found


def _build(file: Path, mark: str, amount: str) -> None:
    with duckdb.connect(str(file)) as mart:
        mart.execute(_TABLES)
        accounts = [
            (f"{mark or '1'}00000000{n:03d}", f"{mark}account {n}", f"{mark or 'Acme'} client {n % 2}")
            for n in range(3)
        ]
        mart.executemany("INSERT INTO accounts VALUES (?, ?, ?)", accounts)
        for n, (user, name) in enumerate(zip(_USERS, _NAMES, strict=True)):
            workspace = f"ws-{mark}{n:04d}"
            mart.execute(
                "INSERT INTO workspaces VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    workspace, accounts[n % 3][0], _REGIONS[n % 3], f"d-{mark}{n % 2}", mark + user, mark + name,
                    _STATES[n % 3 if n else 0], f"wsb-{n % 2}", _MODES[n % 2], ("VALUE", "STANDARD", "POWER")[n % 3],
                    f"2024-{n + 1:02d}-15 08:30:00", "2025-05-01 00:00:00" if n % 3 == 2 else None,
                    None if n == 4 else f"2025-0{n % 6 + 1}-10 17:45:00",
                ],
            )  # fmt: skip
            for month in range(1, 7):
                hours = 0.0 if n == 4 else 10.25 * month + 7 * n
                mart.execute("INSERT INTO workspace_usage VALUES (?, ?, ?)", [workspace, f"2025-{month:02d}-01", hours])
                mart.execute(
                    "INSERT INTO billing_data VALUES (?, ?, ?, ?, ?, ?, ?, 'USD')",
                    [
                        workspace, accounts[n % 3][0], "AmazonWorkSpaces",
                        ("USE1-AW-HW-2", "USE1-AutoStop-Usage-2")[n % 2],
                        f"2025-{month:02d}-01", f"2025-{month + 1:02d}-01",
                        f"{'-' if month == 3 and n == 1 else ''}{amount}",
                    ],
                )  # fmt: skip
            mart.execute(
                "INSERT INTO cloudtrail_events VALUES (?, ?, ?, ?, ?, ?)",
                [
                    f"e-{mark}{n}", ("ModifyWorkspaceProperties", "StopWorkspaces", "TerminateWorkspaces")[n % 3],
                    f"2025-05-0{n + 1} 09:1{n}:00", workspace, f'{{"userName": "{mark}admin{n}"}}',
                    f'{{"runningMode": "{_MODES[n % 2]}"}}',
                ],
            )  # fmt: skip
        mart.execute(
            "INSERT INTO billing_data VALUES (NULL, ?, 'WorkSpaces', 'Tax', '2025-05-01', '2025-06-01', 3.5, 'USD')",
            [accounts[0][0]],
        )
        mart.execute(
            "INSERT INTO sync_history VALUES (1, 'inventory', 'ok', 7, '2025-06-01 00:00:00', '2025-06-01 00:01:30')"
        )
        mart.execute(
            "INSERT INTO sync_history VALUES (2, 'billing', 'ok', 42, '2025-06-02 00:00:00', '2025-06-02 00:00:45')"
        )
        mart.execute(_VIEWS)
