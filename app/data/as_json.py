"""Values as JSON has them: money and other decimals as exact strings, dates and instants in ISO 8601."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None


def as_json(value: object) -> Json:
    """`value` with decimals as strings (≥ 2 places, no digit lost), instants in UTC, dataclasses as objects.

    Raises TypeError for what has no JSON form.
    """
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            return decimal_text(value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Mapping():
            return {str(key): as_json(item) for key, item in value.items()}
        case Sequence() | frozenset():
            return [as_json(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} has no JSON form.")


def decimal_text(value: Decimal) -> str:
    """The exact value without an exponent, with at least two decimal places: 1.5 → 1.50, 0.1234500 → 0.12345."""
    whole, _, places = f"{value:f}".partition(".")
    return f"{whole}.{places.rstrip('0').ljust(2, '0')}"
