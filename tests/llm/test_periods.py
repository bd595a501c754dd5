from __future__ import annotations

from datetime import date

import pytest

from llm.periods import find_periods

TODAY = date(2026, 7, 15)  # a Wednesday


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("june 2026", "2026-06-01", "2026-07-01"),
        ("in june", "2026-06-01", "2026-07-01"),
        ("in august", "2025-08-01", "2025-09-01"),  # the latest that has begun
        ("in the month of june 2026", "2026-06-01", "2026-07-01"),
        ("2026-06", "2026-06-01", "2026-07-01"),
        ("on 2026-06-05", "2026-06-05", "2026-06-06"),
        ("last month", "2026-06-01", "2026-07-01"),
        ("this quarter", "2026-07-01", "2026-10-01"),
        ("q1", "2026-01-01", "2026-04-01"),
        ("fourth quarter", "2025-10-01", "2026-01-01"),
        ("the first half of 2026", "2026-01-01", "2026-07-01"),
        ("in 2025", "2025-01-01", "2026-01-01"),
        ("last week", "2026-07-06", "2026-07-13"),
        ("yesterday", "2026-07-14", "2026-07-15"),
        ("in the last 60 days", "2026-05-16", "2026-07-16"),
        ("over the past two weeks", "2026-07-01", "2026-07-16"),
        ("year to date", "2026-01-01", "2026-07-16"),
        ("from november to february", "2025-11-01", "2026-03-01"),
        ("between may and july 2026", "2026-05-01", "2026-08-01"),
        ("since march 2026", "2026-03-01", "2026-07-16"),
        ("after june 2026", "2026-07-01", "2026-07-16"),
        ("before 2025", "1970-01-01", "2025-01-01"),
    ],
)
def test_a_period_is_a_half_open_range_counted_from_today(text: str, start: str, end: str) -> None:
    ((_, _, period),) = find_periods(text, TODAY)
    assert (str(period.start), str(period.end)) == (start, end)


def test_the_last_months_are_complete_ones_for_what_is_booked_by_month() -> None:
    ((_, _, period),) = find_periods("the last 3 months", TODAY)
    assert (str(period.start), str(period.end)) == ("2026-04-15", "2026-07-16")
    assert tuple(map(str, period.by_month())) == ("2026-04-01", "2026-07-01")


def test_on_its_last_day_a_month_is_complete() -> None:
    ((_, _, period),) = find_periods("the last 3 months", date(2026, 6, 30))
    assert tuple(map(str, period.by_month())) == ("2026-04-01", "2026-07-01")


def test_the_period_before_is_as_long() -> None:
    ((_, _, quarter),) = find_periods("q1 2026", TODAY)
    assert quarter.previous().label == "Q4 2025"
