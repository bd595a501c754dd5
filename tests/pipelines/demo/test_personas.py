"""Sessions and the hours that AutoStop would run for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from pipelines.demo.estate import SLOTS_PER_DAY, Desktop, Hardware, Person, Window
from pipelines.demo.personas import PERSONAS, Sessions, draw_sessions, running_hours

WINDOW = Window(as_of=date(2026, 11, 21), months=2)
DESKTOP = Desktop(
    workspace_id="ws-000000001",
    account_id="100000000010",
    region="us-east-1",
    directory_id="d-0123456789",
    has_maintenance=False,
    person=Person(user_name="a.b", display_name="A B", email="a.b@acme.example", department="HR"),
    bundle_id="wsb-000000001",
    hardware=Hardware("STANDARD", 80, 50, "WINDOWS_SERVER_2022", "included"),
    persona="office",
    running_mode="AUTO_STOP",
    timeout_hours=1,
    created_at=WINDOW.instant(-100),
    tags=(),
)


@pytest.mark.parametrize(
    ("visits", "timeout_hours", "hours"),
    [
        # 09:00–12:00 and an hour more touches 9, 10, 11, 12.
        ([("09:00", "12:00")], 1, 4),
        # 09:15–12:15 until 13:15 touches 9 to 13.
        ([("09:15", "12:15")], 1, 5),
        # 09:00–12:00 and four hours more: 9 to 15.
        ([("09:00", "12:00")], 4, 7),
        # A lunch gap that the time-out bridges: 9 to 12 and 13 to 18.
        ([("09:00", "12:00"), ("13:30", "17:30")], 1, 10),
    ],
)
def test_running_hours_are_the_clock_hours_touched(
    visits: list[tuple[str, str]], timeout_hours: int, hours: int
) -> None:
    assert _running(visits, timeout_hours)[0, 3] == hours


def test_a_night_is_split_at_midnight() -> None:
    # 20:00–02:00 and an hour more: four hours of one day, three of the next.
    running = _running([("20:00", "26:00")], 1)
    assert running[0, 3:5].tolist() == [4, 3]


def test_a_maintenance_window_runs_one_hour_on_the_third_sunday() -> None:
    none = Sessions(rows=np.zeros(0, np.int64), starts=np.zeros(0, np.int64), lengths=np.zeros(0, np.int64))
    running = running_hours(none, (replace(DESKTOP, has_maintenance=True),), WINDOW)
    # 18 October and 15 November 2026 are third Sundays: days 17 and 45 of the window.
    assert np.flatnonzero(running[0]).tolist() == [17, 45]
    assert running.max() == 1


def test_sessions_never_overlap_and_stay_within_the_life() -> None:
    born, died = WINDOW.instant(5, 36_000), WINDOW.instant(40, 43_200)
    desktops = tuple(
        replace(DESKTOP, persona=persona, created_at=born, terminated_at=died) for persona in (*PERSONAS, "shift") * 20
    )
    sessions = draw_sessions(desktops, WINDOW, np.random.default_rng(1))
    ends = sessions.starts + sessions.lengths
    same = sessions.rows[1:] == sessions.rows[:-1]
    assert (sessions.starts[1:][same] >= ends[:-1][same]).all()
    assert sessions.lengths.min() > 0
    assert sessions.starts.min() >= WINDOW.slot(born)
    assert ends.max() <= WINDOW.slot(died)


@pytest.mark.parametrize(
    ("persona", "least", "most"),
    # Medians of connected hours in a 30-day month as specified, give or take ten percent or two hours.
    [
        ("office", 112, 136),
        ("part-time", 35, 43),
        ("power", 146, 178),
        ("shift", 149, 183),
        ("occasional", 3, 7),
        ("dormant", 0, 2),
    ],
)
def test_a_persona_uses_its_desktop_as_specified(persona: str, least: float, most: float) -> None:
    window = Window(as_of=date(2026, 6, 30), months=1)  # 22 workdays
    desktops = tuple(replace(DESKTOP, persona=persona, created_at=window.instant(-9)) for _ in range(400))
    sessions = draw_sessions(desktops, window, np.random.default_rng(2))
    hours = np.bincount(sessions.rows, weights=sessions.lengths, minlength=400) / 12
    assert least <= float(np.median(hours)) <= most


def _running(visits: list[tuple[str, str]], timeout_hours: int) -> np.ndarray:
    slots = [[int(h) * 12 + int(m) // 5 for h, m in (t.split(":") for t in visit)] for visit in visits]
    starts = np.array([3 * SLOTS_PER_DAY + begin for begin, _ in slots], dtype=np.int64)
    lengths = np.array([end - begin for begin, end in slots], dtype=np.int64)
    sessions = Sessions(rows=np.zeros(len(slots), np.int64), starts=starts, lengths=lengths)
    return running_hours(sessions, (replace(DESKTOP, timeout_hours=timeout_hours),), WINDOW)


def test_the_estate_on_disk_has_its_sessions(demo_home: Path) -> None:
    offsets = np.load(demo_home / "api" / "session_offsets.npy")
    assert offsets[-1] == np.load(demo_home / "api" / "session_starts.npy").size
