"""The folder of a generated estate: made once for (seed, scale, as_of), written beside and renamed, then only read.

accounts.json  what a founder types when onboarding       expected.json  the answers to what was planted
people.csv     the clients' people lists                   prices.csv     the list prices, dated
api/           what the services serve                     s3/<bucket>/   the CUR 2.0 export, older trail logs
"""

from __future__ import annotations

import csv
import shutil
import tempfile
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.demo import cur
from pipelines.demo.anomalies import Plants, plant, plant_lines, settle_spike
from pipelines.demo.bill import draw_bill
from pipelines.demo.costs import write_costs
from pipelines.demo.estate import SCALES, Estate, Window
from pipelines.demo.expected import expected_answers
from pipelines.demo.inventory import inventory_of
from pipelines.demo.personas import Sessions, draw_sessions, life_slots, running_hours
from pipelines.demo.population import populate
from pipelines.demo.prices import PriceBook, plain
from pipelines.demo.running_modes import choose_modes
from pipelines.demo.tariffs import TariffBook
from pipelines.demo.trail import draw_events
from pipelines.demo.trail_log import write_trail
from workbench.clock import system_clock

GENERATOR_VERSION = 1
READER_ROLE, PAYER_ROLE = "WorkspacesInventoryReader", "WorkspacesCostReader"
_PRICE_COLUMNS = ("always_on_usd", "auto_stop_usd", "hourly_usd", "is_estimate")
HUB_ACCESS_KEY_ID, HUB_SECRET = "AKIADEMOHUB000000001", "demo/hub/secret/for/loopback/only/0000001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What an estate was made from. A folder with another stamp is made anew."""

    seed: int
    scale: str
    as_of: str
    generator_version: int = GENERATOR_VERSION


def ensure_home(home: Path, *, seed: int, scale: str, as_of: date | None = None) -> bool:
    """Make the estate in `home` unless it is there already; returns whether it had to be made.

    Without `as_of` an estate that is there keeps its last day, so that a demo started again tomorrow tells the same
    story; a new one ends yesterday, the last whole day. A folder that is being written has another name until it is
    complete, so a half-made estate is never used.
    """
    there = _stamp_of(home)
    last_day = (
        as_of.isoformat() if as_of else there.get("as_of", (system_clock() - timedelta(days=1)).date().isoformat())
    )
    stamp = Stamp(seed=seed, scale=scale, as_of=last_day)
    if there == asdict(stamp):
        return False
    home.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{home.name}.", dir=home.parent))
    try:
        generate(draft, stamp)
        if home.exists():
            shutil.rmtree(home)
        draft.rename(home)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return True


def generate(home: Path, stamp: Stamp) -> None:
    """Draw the estate and write all of it into `home`, the stamp last."""
    window = Window(as_of=date.fromisoformat(stamp.as_of), months=SCALES[stamp.scale].months)
    prices = PriceBook(valid_from=window.start, change_on=window.month_starts[len(window.month_starts) // 2])
    estate = populate(stamp.seed, SCALES[stamp.scale], window)
    estate, plants = plant(estate, np.random.default_rng([stamp.seed, 5]))
    estate, sessions, running = _use(estate, prices)
    estate = settle_spike(estate, plants, running, prices)
    bill = draw_bill(estate, running, TariffBook(prices))
    plant_lines(bill, plants, estate)
    inventory = inventory_of(estate, sessions)

    api = home / "api"
    api.mkdir()
    _write_json(api / "inventory.json", inventory)
    _write_sessions(api, estate, sessions, plants)
    events = [
        event
        for index, client in enumerate(estate.clients)
        for event in draw_events(client, window, np.random.default_rng([stamp.seed, 8, index]))
    ]
    write_trail(events, window, home)
    cur.write_export(bill, estate, home)
    write_costs(bill, estate, api / "costs.parquet")
    _write_json(home / "accounts.json", _accounts(estate))
    _write_json(home / "expected.json", expected_answers(estate, plants, bill, inventory))
    _write_people(estate, home / "people.csv")
    _write_prices(prices, home / "prices.csv")
    _write_json(home / "stamp.json", asdict(stamp))


def _use(estate: Estate, prices: PriceBook) -> tuple[Estate, list[Sessions], list[Any]]:
    """Draw the sessions of each client, then the running modes that follow from them."""
    clients, sessions, running = [], [], []
    for index, client in enumerate(estate.clients):
        drawn = draw_sessions(client.desktops, estate.window, np.random.default_rng([estate.seed, 6, index]))
        hours = running_hours(drawn, client.desktops, estate.window)
        rng = np.random.default_rng([estate.seed, 7, index])
        clients.append(choose_modes(client, hours, prices, estate.window, rng))
        sessions.append(drawn)
        running.append(hours)
    return replace(estate, clients=tuple(clients)), sessions, running


def _write_sessions(api: Path, estate: Estate, sessions: list[Sessions], plants: Plants) -> None:
    """The sessions of all desktops as flat arrays, and who they belong to, for CloudWatch."""
    desktops = [d for client in estate.clients for d in client.desktops]
    counts = [s.offsets(len(c.desktops)) for c, s in zip(estate.clients, sessions, strict=True)]
    lengths = np.concatenate([np.diff(offsets) for offsets in counts])
    np.save(api / "session_offsets.npy", np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))
    np.save(api / "session_starts.npy", np.concatenate([s.starts for s in sessions]).astype(np.int32))
    np.save(api / "session_lengths.npy", np.concatenate([s.lengths for s in sessions]).astype(np.int32))
    begins, ends = life_slots(tuple(desktops), estate.window)
    table = pa.table(
        {
            "workspace_id": [d.workspace_id for d in desktops],
            "account_id": [d.account_id for d in desktops],
            "region": [d.region for d in desktops],
            "first_slot": begins,
            "end_slot": ends,
        }
    )
    pq.write_table(table, api / "metric_owners.parquet")
    _write_json(
        api / "window.json",
        {
            "start": estate.window.start.isoformat(),
            "as_of": estate.window.as_of.isoformat(),
            "months": estate.window.months,
            "metric_gap": {"account_id": plants.gap_account, "days": list(plants.gap_days)},
        },
    )


def _accounts(estate: Estate) -> Any:
    return {
        "accounts": [
            {
                "client_name": client.name,
                "client_code": client.code,
                "account_id": account.account_id,
                "account_name": account.name,
                "payer_account_id": estate.payer_account_id,
                "role_arn": f"arn:aws:iam::{account.account_id}:role/{READER_ROLE}",
                "external_id": account.external_id,
                "regions": list(account.regions),
                "denied_regions": [account.denied_region] if account.denied_region else [],
            }
            for client in estate.clients
            for account in client.accounts
        ],
        "hub": {
            "account_id": estate.hub_account_id,
            "access_key_id": HUB_ACCESS_KEY_ID,
            "secret_access_key": HUB_SECRET,
        },
        "payer": {
            "account_id": estate.payer_account_id,
            "role_arn": f"arn:aws:iam::{estate.payer_account_id}:role/{PAYER_ROLE}",
            "external_id": estate.payer_external_id,
        },
        "cur": {"bucket": cur.BUCKET, "prefix": cur.PREFIX, "export": cur.EXPORT},
    }


def _write_people(estate: Estate, file: Path) -> None:
    """The people whom each client still employs; whoever has a desktop but is missing here is an orphan."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["client_code", "user_name", "display_name", "email", "department"])
        for client in estate.clients:
            left = set(client.left_people)
            people = {d.person.user_name: d.person for d in client.desktops if d.person.user_name not in left}
            for person in people.values():
                writer.writerow([client.code, person.user_name, person.display_name, person.email, person.department])


def _write_prices(prices: PriceBook, file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["region", "compute_type", "os_license", "root_gib", "user_gib", "valid_from", *_PRICE_COLUMNS])
        for row in prices.rows:
            amounts = [plain(row.monthly_e10), plain(row.base_e10), plain(row.hourly_e10)]
            place = [row.region, row.compute_type, row.os_license, *row.storage, row.valid_from]
            writer.writerow([*place, *amounts, str(row.is_estimate).lower()])


def _stamp_of(home: Path) -> Any:
    file = home / "stamp.json"
    return orjson.loads(file.read_bytes()) if file.exists() else {}


def _write_json(file: Path, content: Any) -> None:
    file.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
