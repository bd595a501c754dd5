from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from workbench.clock import first_of_month, frozen_clock, months_back, next_month


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 12, 31), date(2027, 1, 1)),
        (date(2026, 1, 1), date(2026, 2, 1)),
        (date(2028, 2, 29), date(2028, 3, 1)),
    ],
)
def test_the_next_month_begins_on_its_first(day: date, expected: date) -> None:
    assert next_month(day) == expected


@pytest.mark.parametrize(
    ("count", "expected"), [(0, date(2026, 3, 1)), (3, date(2025, 12, 1)), (15, date(2024, 12, 1))]
)
def test_months_are_counted_back_over_years(count: int, expected: date) -> None:
    assert months_back(date(2026, 3, 31), count) == expected


def test_the_month_of_a_day_begins_on_its_first() -> None:
    assert first_of_month(date(2026, 3, 31)) == date(2026, 3, 1)


def test_a_clock_needs_to_know_its_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        frozen_clock(datetime(2026, 1, 1))  # noqa: DTZ001  # that is the point
    assert frozen_clock(datetime(2026, 1, 1, tzinfo=UTC))().year == 2026
