from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.theme import formats

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234.5", "USD", "$1,234.50"),
        ("-3.10", "USD", "−$3.10"),
        ("-0.001", "USD", "$0.00"),
        ("9.994", "EUR", "€9.99"),
        ("12", "CHF", "12.00 CHF"),
    ],
)
def test_money_is_written_in_full(amount: str, currency: str, text: str) -> None:
    assert formats.money(Decimal(amount), currency) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "$0"),
        (950, "$950"),
        (999.4, "$999"),
        (999.6, "$1.00k"),
        (1234, "$1.23k"),
        (45_600, "$45.6k"),
        (999_600, "$1.00M"),
        (1_234_000, "$1.23M"),
        (-2500, "−$2.50k"),
    ],
)
def test_short_money_has_three_digits(amount: float, text: str) -> None:
    assert formats.short_money(amount) == text


def test_hours_below_ten_show_a_place() -> None:
    assert [formats.hours(h) for h in (0, 2.25, 1234.4, None)] == ["0 h", "2.2 h", "1,234 h", "–"]


def test_a_change_is_measured_against_the_size_of_what_was() -> None:
    # 110 is 10 % more than 100; −50 is 50 % below −100 … above, for a credit shrank by half.
    assert formats.percent_change(Decimal(110), Decimal(100)) == "+10.0 %"
    assert formats.percent_change(Decimal(-50), Decimal(-100)) == "+50.0 %"
    assert formats.percent_change(Decimal(5), Decimal(0)) == "–"


def test_dates_and_ages() -> None:
    assert formats.month(date(2026, 10, 1)) == "Oct 2026"
    assert formats.instant(NOW) == "2026-11-22 12:00 UTC"
    ages = [timedelta(minutes=5), timedelta(hours=3), timedelta(hours=47), timedelta(days=4)]
    assert [formats.age(NOW - a, NOW) for a in ages] == ["5 min ago", "3 h ago", "47 h ago", "4 d ago"]
    assert formats.age(None, NOW) == "never"


def test_an_arn_is_shortened_to_its_person() -> None:
    assert formats.person("arn:aws:iam::111122223333:user/it.admin") == "it.admin"
    assert formats.person("it.admin") == "it.admin"
    assert formats.person(None) == "–"


def test_constants_read_as_words() -> None:
    assert formats.words("AUTO_STOP") == "Auto stop"
