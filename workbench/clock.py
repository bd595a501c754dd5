"""Time as a door: whatever needs the present is given a `Clock`, so that a test can hold it still."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

Clock = Callable[[], datetime]
"""Returns the present as an aware UTC instant."""


def system_clock() -> datetime:
    """The present, UTC."""
    return datetime.now(UTC)


def frozen_clock(moment: datetime) -> Clock:
    """A clock that always shows `moment` (aware)."""
    if moment.tzinfo is None:
        raise ValueError("A clock needs an aware moment: give it a tzinfo.")
    return lambda: moment


def first_of_month(day: date) -> date:
    """The first day of the month that `day` is in."""
    return date(day.year, day.month, 1)


def next_month(day: date) -> date:
    """The first day of the month after the one that `day` is in."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def months_back(day: date, count: int) -> date:
    """The first day of the month `count` months before the one that `day` is in."""
    index = day.year * 12 + day.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)
