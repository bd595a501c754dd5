"""How people use their desktops: seven personas, and the sessions drawn from them.

A session is (start slot, length in slots) of 5 minutes, counted from the start of the window in UTC; the sessions of
one desktop never overlap. CloudWatch points, billed hours and last connections all follow from these two numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.demo.estate import SLOTS_PER_DAY, Desktop, Window
from pipelines.demo.regions import utc_offset_minutes, work_factor

type Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """Share of desktops; connected hours of a day on which it is used; chance of use on a workday and at weekends."""

    share: float
    hours_mean: float
    hours_sd: float
    workday_chance: float
    weekend_chance: float
    peak_chance: float = 0.0  #: chance on a workday of a peak month, for those who come in seasons


PERSONAS = {
    "office": Persona(share=0.38, hours_mean=6.3, hours_sd=1.2, workday_chance=0.88, weekend_chance=0.03),
    "part-time": Persona(share=0.14, hours_mean=3.2, hours_sd=1.0, workday_chance=0.55, weekend_chance=0.02),
    "power": Persona(share=0.12, hours_mean=7.6, hours_sd=1.6, workday_chance=0.92, weekend_chance=0.12),
    "shift": Persona(share=0.10, hours_mean=7.9, hours_sd=0.6, workday_chance=0.70, weekend_chance=0.70),
    "occasional": Persona(share=0.14, hours_mean=1.3, hours_sd=0.7, workday_chance=0.16, weekend_chance=0.02),
    "dormant": Persona(share=0.08, hours_mean=0.4, hours_sd=0.3, workday_chance=0.015, weekend_chance=0.0),
    "seasonal": Persona(
        share=0.04, hours_mean=5.0, hours_sd=1.2, workday_chance=0.30, weekend_chance=0.05, peak_chance=0.9
    ),
}
#: Not drawn, only planted: someone who never came.
NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """The sessions of a list of desktops, sorted by (row, start); `rows` index that list."""

    rows: Ints
    starts: Ints
    lengths: Ints

    def offsets(self, count: int) -> Ints:
        """Where each of `count` rows begins, with one more entry for the end."""
        return np.searchsorted(self.rows, np.arange(count + 1)).astype(np.int64)


def life_slots(desktops: tuple[Desktop, ...], window: Window) -> tuple[Ints, Ints]:
    """First slot and the slot after the last of each desktop's life within the window."""
    last = window.days * SLOTS_PER_DAY
    begins = [max(0, window.slot(d.created_at) + 1) for d in desktops]
    ends = [last if d.terminated_at is None else min(last, window.slot(d.terminated_at)) for d in desktops]
    return np.array(begins, dtype=np.int64), np.array(ends, dtype=np.int64)


def draw_sessions(desktops: tuple[Desktop, ...], window: Window, rng: np.random.Generator) -> Sessions:
    """Draw the sessions of all `desktops` (of one client) within their lives."""
    count, days = len(desktops), window.days
    begins, ends = life_slots(desktops, window)
    chance = _chance_of_use(desktops, window, rng)
    used = rng.random((count, days)) < chance
    rows, day = np.nonzero(used)
    hours_mean = np.array([_persona(d).hours_mean for d in desktops])[rows]
    hours_sd = np.array([_persona(d).hours_sd for d in desktops])[rows]
    minutes = np.clip(rng.normal(hours_mean, hours_sd), 0.2, 14) * 60
    arrival = _usual_arrival(desktops, rng)[rows] + rng.normal(0, 45, rows.size)
    offsets = {region: utc_offset_minutes(region, window) for region in {d.region for d in desktops}}
    offset = np.stack([offsets[d.region] for d in desktops])[rows, day] if count else np.zeros(0)
    start = day * SLOTS_PER_DAY + np.round((arrival - offset) / 5).astype(np.int64)
    total = np.maximum(1, np.round(minutes / 5)).astype(np.int64)
    # Seven of ten long days have a lunch gap of 30–75 minutes; one of three short ones has two visits.
    split = rng.random(rows.size) < np.where(minutes >= 240, 0.7, 0.35)
    split &= total > 3
    first = np.where(split, np.maximum(1, (total * rng.uniform(0.35, 0.65, rows.size)).astype(np.int64)), total)
    gap = rng.integers(6, 16, rows.size)
    second_start = start + first + gap
    return _tidy(
        np.concatenate([rows, rows[split]]),
        np.concatenate([start, second_start[split]]),
        np.concatenate([first, (total - first)[split]]),
        desktops,
        begins,
        ends,
        window,
    )


def running_hours(sessions: Sessions, desktops: tuple[Desktop, ...], window: Window) -> NDArray[np.uint8]:
    """Clock hours that each desktop runs on each day if it is in AutoStop; shape (desktops, days), 0–24.

    A desktop runs from the clock hour of the connection to the last clock hour touched by the disconnection plus the
    time-out, and for one hour at 03:00 UTC on the third Sunday when its directory has a maintenance window.
    """
    count, days = len(desktops), window.days
    timeout = np.array([d.timeout_hours for d in desktops], dtype=np.int64)
    first = sessions.starts // 12
    last = -(-(sessions.starts + sessions.lengths) // 12) + timeout[sessions.rows]
    kept = np.array([row for row, d in enumerate(desktops) if d.has_maintenance], dtype=np.int64)
    sundays = np.array(
        [d for d in range(days) if window.date_of(d).weekday() == 6 and 15 <= window.date_of(d).day <= 21]
    )
    patch_rows = np.repeat(kept, sundays.size)
    patch_first = np.tile(sundays * 24 + 3, kept.size).astype(np.int64)
    begins, ends = life_slots(desktops, window)
    alive = (patch_first >= -(-begins[patch_rows] // 12)) & (patch_first + 1 <= ends[patch_rows] // 12)
    rows = np.concatenate([sessions.rows, patch_rows[alive]])
    first = np.concatenate([first, patch_first[alive]])
    last = np.concatenate([last, patch_first[alive] + 1])
    last = np.minimum(last, -(-ends[rows] // 12))
    return _hours_by_day(rows, first, last, count, days)


def _hours_by_day(rows: Ints, first: Ints, last: Ints, count: int, days: int) -> NDArray[np.uint8]:
    """The length of the union of [first, last) clock hours, by row and day."""
    horizon = (days + 90) * 24
    order = np.lexsort((first, rows))
    base = rows[order] * horizon
    begin, end = first[order] + base, last[order] + base
    # Within a row, what an earlier interval already covers does not count again.
    covered = np.concatenate([[0], np.maximum.accumulate(end)[:-1]]) if end.size else end
    begin = np.maximum(begin, covered)
    some = end > begin
    begin, end = begin[some], end[some]
    spans = (end - 1) // 24 - begin // 24 + 1
    piece = np.arange(spans.sum()) - np.repeat(np.cumsum(spans) - spans, spans)
    day_key = np.repeat(begin // 24, spans) + piece
    left = np.maximum(np.repeat(begin, spans), day_key * 24)
    right = np.minimum(np.repeat(end, spans), day_key * 24 + 24)
    row, day = day_key // (days + 90), day_key % (days + 90)
    inside = day < days
    total = np.bincount(row[inside] * days + day[inside], weights=(right - left)[inside], minlength=count * days)
    return total.reshape(count, days).astype(np.uint8)


def _persona(desktop: Desktop) -> Persona:
    return PERSONAS.get(desktop.persona, PERSONAS["dormant"])


def _chance_of_use(desktops: tuple[Desktop, ...], window: Window, rng: np.random.Generator) -> NDArray[np.float64]:
    dates = [window.date_of(day) for day in range(window.days)]
    weekend = np.array([d.weekday() >= 5 for d in dates])
    month = np.array([d.month for d in dates])
    factors = {region: work_factor(region, window) for region in {d.region for d in desktops}}
    chance = np.zeros((len(desktops), window.days))
    peaks = rng.integers(1, 13, len(desktops))
    for row, desktop in enumerate(desktops):
        if desktop.persona == NEVER:
            continue
        persona = _persona(desktop)
        workday = np.full(window.days, persona.workday_chance)
        if persona.peak_chance:
            workday[(month - peaks[row]) % 12 < 2] = persona.peak_chance
        chance[row] = np.where(weekend, persona.weekend_chance, workday) * factors[desktop.region]
    return chance


def _usual_arrival(desktops: tuple[Desktop, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    """Minutes after local midnight at which each desktop is usually first used: 09:00, or the start of a shift."""
    shifts = rng.choice([360.0, 840.0, 1320.0], len(desktops))
    is_shift = np.array([d.persona == "shift" for d in desktops], dtype=bool)
    return np.where(is_shift, shifts, 540.0)


def _tidy(
    rows: Ints,
    starts: Ints,
    lengths: Ints,
    desktops: tuple[Desktop, ...],
    begins: Ints,
    ends: Ints,
    window: Window,
) -> Sessions:
    """Cut sessions to the life of their desktop and to the next session; add the planted and the missing ones."""
    rows, starts, lengths = _with_stuck_sessions(rows, starts, lengths, desktops, window)
    stop = np.minimum(starts + lengths, ends[rows])
    starts = np.maximum(starts, begins[rows])
    some = stop > starts
    rows, starts, stop = rows[some], starts[some], stop[some]
    rows, starts, stop = _with_first_visits(rows, starts, stop, desktops, begins, ends, window)
    order = np.lexsort((starts, rows))
    rows, starts, stop = rows[order], starts[order], stop[order]
    next_start = np.concatenate([np.where(rows[1:] == rows[:-1], starts[1:], stop[:-1]), stop[-1:]])
    lengths = np.minimum(stop, next_start) - starts
    kept = lengths > 0
    return Sessions(rows=rows[kept], starts=starts[kept], lengths=lengths[kept])


def _with_stuck_sessions(
    rows: Ints, starts: Ints, lengths: Ints, desktops: tuple[Desktop, ...], window: Window
) -> tuple[Ints, Ints, Ints]:
    for row, desktop in enumerate(desktops):
        if desktop.stuck_month is None:
            continue
        first_day = window.month_start_day(desktop.stuck_month)
        begin, length = first_day * SLOTS_PER_DAY, window.month_days(desktop.stuck_month) * SLOTS_PER_DAY
        apart = (rows != row) | (starts + lengths + 12 * desktop.timeout_hours <= begin) | (starts >= begin + length)
        rows, starts, lengths = rows[apart], starts[apart], lengths[apart]
        rows, starts, lengths = np.append(rows, row), np.append(starts, begin), np.append(lengths, length)
    return rows, starts, lengths


def _with_first_visits(
    rows: Ints, starts: Ints, stop: Ints, desktops: tuple[Desktop, ...], begins: Ints, ends: Ints, window: Window
) -> tuple[Ints, Ints, Ints]:
    """Whoever got a desktop within the window tried it once, so that "never logged on" is exactly the planted ones."""
    seen = set(np.unique(rows).tolist())
    missing = [
        row
        for row, d in enumerate(desktops)
        if row not in seen and d.persona != NEVER and d.created_at >= window.instant(0) and ends[row] > begins[row] + 6
    ]
    extra = np.array(missing, dtype=np.int64)
    return (
        np.concatenate([rows, extra]),
        np.concatenate([starts, begins[extra] + 3]),
        np.concatenate([stop, begins[extra] + 6]),
    )
