"""The folder of an estate: the same for the same seed, made whole or not at all, reused."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from pipelines.demo import home as home_module
from pipelines.demo.home import ensure_home
from pipelines.demo.trail_log import records_of
from tests.pipelines.demo.aws import AS_OF

LAST_DAY = date.fromisoformat(AS_OF)


def test_the_same_seed_gives_the_same_bytes(demo_home: Path, tmp_path: Path) -> None:
    ensure_home(tmp_path / "again", seed=7, scale="small", as_of=LAST_DAY)
    assert _hashes(tmp_path / "again") == _hashes(demo_home)


def test_another_seed_gives_another_estate(demo_home: Path, tmp_path: Path) -> None:
    ensure_home(tmp_path / "other", seed=8, scale="small", as_of=LAST_DAY)
    other, ours = _hashes(tmp_path / "other"), _hashes(demo_home)
    assert other["api/inventory.json"] != ours["api/inventory.json"]


def test_an_estate_is_reused_and_keeps_its_last_day(tmp_path: Path) -> None:
    assert ensure_home(tmp_path / "home", seed=7, scale="small", as_of=LAST_DAY)
    assert not ensure_home(tmp_path / "home", seed=7, scale="small")


def test_another_seed_replaces_what_is_there(tmp_path: Path) -> None:
    ensure_home(tmp_path / "home", seed=7, scale="small", as_of=LAST_DAY)
    before = _hashes(tmp_path / "home")
    assert ensure_home(tmp_path / "home", seed=9, scale="small", as_of=LAST_DAY)
    assert _hashes(tmp_path / "home") != before


def test_a_failure_half_way_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(home_module, "write_costs", fail)
    with pytest.raises(OSError, match="disk full"):
        ensure_home(tmp_path / "home", seed=7, scale="small", as_of=LAST_DAY)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("last_day", [date(2026, 3, 1), date(2024, 2, 29), date(2026, 1, 2)])
def test_any_day_can_be_the_last(tmp_path: Path, last_day: date) -> None:
    assert ensure_home(tmp_path / "home", seed=3, scale="small", as_of=last_day)


def test_nothing_happens_after_the_last_day(demo_home: Path) -> None:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    events = pq.read_table(demo_home / "api" / "events.parquet")
    assert pc.max(events["event_time"]).as_py().date() <= LAST_DAY
    usage_days = pq.read_table(demo_home / "api" / "costs.parquet").filter(pc.field("usage_type") != "NoUsageType")
    # The window starts on 1 June 2026; 21 November is day 173 of it (30+31+31+30+31+20).
    assert pc.max(usage_days["day"]).as_py() <= 173


def test_older_events_are_in_the_trail_log(demo_home: Path) -> None:
    logs = sorted((demo_home / "s3" / "msp-organisation-trail").rglob("*.json.gz"))
    times = [str(record["eventTime"]) for log in logs for record in records_of(log)]
    # LookupEvents keeps 90 days before the end of 21 November: from 24 August on.
    assert times
    assert max(times) < "2026-08-24T00:00:00Z"


def _hashes(home: Path) -> dict[str, str]:
    files = sorted(path for path in home.rglob("*") if path.is_file())
    return {path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
