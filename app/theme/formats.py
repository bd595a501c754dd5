"""How numbers, dates and names are written for people, the same on every page."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

NONE = "–"

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}


def money(amount: Decimal | float, currency: str = "USD", *, places: int = 2) -> str:
    """`$1,234.50`, `−$3.10`; a currency without a sign stands behind the number."""
    sign = "−" if round(float(amount), places) < 0 else ""
    return f"{sign}{_with_currency(f'{abs(amount):,.{places}f}', currency)}"


def short_money(amount: Decimal | float, currency: str = "USD") -> str:
    """Three digits: `$950`, `$1.23k`, `$45.6k`, `$1.2M`."""
    sign, size = ("−" if amount < 0 else ""), abs(float(amount))
    for limit, unit in ((999_500_000, "B"), (999_500, "M"), (999.5, "k")):
        if size >= limit:
            scaled = size / {"B": 1e9, "M": 1e6, "k": 1e3}[unit]
            digits = 2 if scaled < 9.995 else 1 if scaled < 99.95 else 0
            return sign + _with_currency(f"{scaled:.{digits}f}{unit}", currency)
    return sign + _with_currency(f"{size:.0f}", currency)


def count(number: int) -> str:
    """`12,345`."""
    return f"{number:,}"


def hours(number: Decimal | float | None) -> str:
    """`1,234 h`, below ten with one place."""
    if number is None:
        return NONE
    return f"{number:,.1f} h" if 0 < float(number) < 10 else f"{number:,.0f} h"


def percent_change(now: Decimal, before: Decimal) -> str:
    """`+4.2 %` against `before`; nothing to compare with gives `–`."""
    if before == 0:
        return NONE
    change = (now - before) / abs(before) * 100
    return f"{'+' if change >= 0 else '−'}{abs(change):.1f} %"


def month(day: date) -> str:
    """`Oct 2026`."""
    return f"{day:%b %Y}"


def day(moment: datetime | date | None) -> str:
    """`2026-10-31`."""
    return NONE if moment is None else f"{moment:%Y-%m-%d}"


def instant(moment: datetime | None) -> str:
    """`2026-10-31 08:15 UTC`."""
    return NONE if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def age(moment: datetime | None, now: datetime) -> str:
    """`5 min ago`, `3 h ago`, `4 d ago`."""
    if moment is None:
        return "never"
    minutes = max(0, int((now - moment).total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 48 * 60 else f"{minutes // 1440} d ago"


def person(identity: str | None) -> str:
    """The last part of an ARN: `arn:aws:iam::1:user/it.admin` → `it.admin`; anything else as it is."""
    return NONE if not identity else identity.rsplit("/", 1)[-1] if identity.startswith("arn:") else identity


def words(name: str | None) -> str:
    """AWS's constant as words: `AUTO_STOP` → `Auto stop`."""
    return NONE if not name else name.replace("_", " ").capitalize()


def _with_currency(number: str, currency: str) -> str:
    return _SIGNS[currency] + number if currency in _SIGNS else f"{number} {currency}"
