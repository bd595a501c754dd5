"""List prices of WorkSpaces, dated, Windows licence included unless said otherwise; money in units of 1e-10 USD.

Known prices: us-east-1 as validated against the Price List API in June 2026, Standard and the AlwaysOn prices of
eu-west-1, Power of ap-southeast-1. All others are derived from those by the rules below and marked `is_estimate`.
Rules, which the known Singapore prices fit exactly: an AutoStop base fee depends on storage alone; half the
difference of two base fees is the difference of the monthly fees; without the Windows licence a month costs 4 USD
and an hour 0.04 USD less.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from pipelines.demo.estate import Hardware

E10 = 10**10
"""Units in one USD: AWS states amounts to ten decimals, and whole numbers add up exactly."""

type Storage = tuple[int, int]

COMPUTE_TYPES = ("VALUE", "STANDARD", "PERFORMANCE", "POWER", "POWERPRO")
STORAGES: tuple[Storage, ...] = ((80, 10), (80, 50), (80, 100), (175, 100))
LICENSES = ("included", "byol", "none")

DEFAULT_STORAGE: dict[str, Storage] = {
    "VALUE": (80, 10),
    "STANDARD": (80, 50),
    "PERFORMANCE": (80, 100),
    "POWER": (175, 100),
    "POWERPRO": (175, 100),
}
#: AlwaysOn, USD a month, with the default storage: (price, is_estimate).
MONTHLY = {
    "us-east-1": {
        "VALUE": (25, 0),
        "STANDARD": (35, 0),
        "PERFORMANCE": (50, 0),
        "POWER": (78, 0),
        "POWERPRO": (140, 0),
    },
    "eu-west-1": {
        "VALUE": (26, 1),
        "STANDARD": (37, 0),
        "PERFORMANCE": (54, 0),
        "POWER": (82, 0),
        "POWERPRO": (157, 0),
    },
    "ap-southeast-1": {
        "VALUE": (40, 1),
        "STANDARD": (56, 1),
        "PERFORMANCE": (79, 1),
        "POWER": (124, 0),
        "POWERPRO": (223, 1),
    },
}
#: AutoStop, USD an hour: (price, is_estimate).
HOURLY = {
    "us-east-1": {
        "VALUE": ("0.22", 0),
        "STANDARD": ("0.30", 0),
        "PERFORMANCE": ("0.47", 0),
        "POWER": ("0.68", 0),
        "POWERPRO": ("1.53", 0),
    },
    "eu-west-1": {
        "VALUE": ("0.23", 1),
        "STANDARD": ("0.32", 0),
        "PERFORMANCE": ("0.50", 1),
        "POWER": ("0.73", 1),
        "POWERPRO": ("1.63", 1),
    },
    "ap-southeast-1": {
        "VALUE": ("0.32", 1),
        "STANDARD": ("0.44", 1),
        "PERFORMANCE": ("0.68", 1),
        "POWER": ("0.99", 0),
        "POWERPRO": ("2.23", 1),
    },
}
#: AutoStop base, USD a month, by storage: (price, is_estimate).
BASE: dict[str, dict[Storage, tuple[str, int]]] = {
    "us-east-1": {(80, 10): ("7.25", 0), (80, 50): ("9.75", 0), (80, 100): ("13", 0), (175, 100): ("19", 0)},
    "eu-west-1": {(80, 10): ("8.18", 1), (80, 50): ("11", 0), (80, 100): ("14.67", 1), (175, 100): ("21.44", 1)},
    "ap-southeast-1": {(80, 10): ("10", 0), (80, 50): ("13.45", 1), (80, 100): ("17.93", 1), (175, 100): ("26", 0)},
}
#: Billed by AWS, absent from the published list: what a product has no price for.
UNLISTED_MONTHLY = {"GRAPHICS_G4DN": 537, "GRAPHICSPRO_G4DN": 959, "GENERALPURPOSE_4XLARGE": 421}

#: The one price change of the series: all three prices of this compute type in this region rise by 4 %.
CHANGED_REGION, CHANGED_COMPUTE, CHANGE = "eu-west-1", "STANDARD", Decimal("1.04")

OFFICE_MONTHLY_USD = Decimal("15.00")  # an estimate: no trustworthy source states it
STORAGE_GIB_MONTH_USD = Decimal("0.10")
DIRECTORY_HOUR_USD = {"Small": Decimal("0.05"), "Large": Decimal("0.15"), "Standard": Decimal("0.12")}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPrice:
    """The three prices of one bundle in one region from `valid_from` on, in 1e-10 USD."""

    region: str
    compute_type: str
    os_license: str
    storage: Storage
    valid_from: date
    monthly_e10: int
    base_e10: int
    hourly_e10: int
    is_estimate: bool


class PriceBook:
    """All list prices, with the change that takes effect on `change_on`."""

    def __init__(self, *, valid_from: date, change_on: date) -> None:
        self.change_on = change_on
        self.rows: list[ListPrice] = []
        for region in MONTHLY:
            for compute_type in COMPUTE_TYPES:
                for storage in STORAGES:
                    for os_license in LICENSES:
                        self.rows.append(_list_price(region, compute_type, storage, os_license, valid_from, Decimal(1)))
                        if (region, compute_type) == (CHANGED_REGION, CHANGED_COMPUTE):
                            self.rows.append(_list_price(region, compute_type, storage, os_license, change_on, CHANGE))
        self._at = {
            (r.region, r.compute_type, r.os_license, r.storage, r.valid_from == change_on): r for r in self.rows
        }

    def at(self, region: str, hardware: Hardware, day: date) -> ListPrice:
        """The prices of `hardware` in `region` on `day`. Desktops with more storage than listed pay it separately."""
        storage = (min(hardware.root_gib, 175), min(hardware.user_gib, 100))
        key = (region, hardware.compute_type, hardware.os_license, storage)
        if hardware.compute_type in UNLISTED_MONTHLY:
            monthly = UNLISTED_MONTHLY[hardware.compute_type] * E10
            return ListPrice(
                region=region,
                compute_type=hardware.compute_type,
                os_license=hardware.os_license,
                storage=storage,
                valid_from=day,
                monthly_e10=monthly,
                base_e10=0,
                hourly_e10=0,
                is_estimate=True,
            )
        changed = self._at.get((*key, True)) if day >= self.change_on else None
        return changed or self._at[(*key, False)]


def _list_price(
    region: str, compute_type: str, storage: Storage, os_license: str, valid_from: date, factor: Decimal
) -> ListPrice:
    default = DEFAULT_STORAGE[compute_type]
    monthly, monthly_is_derived = MONTHLY[region][compute_type]
    base, base_is_derived = BASE[region][storage]
    hourly, hourly_is_derived = HOURLY[region][compute_type]
    step = (Decimal(base) - Decimal(BASE[region][default][0])) / 2
    month_off, hour_off = (Decimal(0), Decimal(0)) if os_license == "included" else (Decimal(4), Decimal("0.04"))
    singapore_power = region == "ap-southeast-1" and compute_type == "POWER" and storage in ((80, 10), (175, 100))
    return ListPrice(
        region=region,
        compute_type=compute_type,
        os_license=os_license,
        storage=storage,
        valid_from=valid_from,
        monthly_e10=e10((Decimal(monthly) + step.quantize(Decimal(1), ROUND_HALF_EVEN) - month_off) * factor),
        base_e10=e10(Decimal(base) * factor),
        hourly_e10=e10((Decimal(hourly) - hour_off) * factor),
        is_estimate=not singapore_power
        and bool(
            monthly_is_derived or base_is_derived or hourly_is_derived or storage != default or os_license != "included"
        ),
    )


def e10(usd: Decimal) -> int:
    """An amount in whole units of 1e-10 USD, half to even."""
    return int((usd * E10).to_integral_value(ROUND_HALF_EVEN))


def usd(amount_e10: int) -> Decimal:
    """The amount in USD, exact."""
    return Decimal(amount_e10).scaleb(-10)


def plain(amount_e10: int) -> str:
    """The amount as AWS writes it: decimal, no exponent, no trailing zeros."""
    whole, fraction = divmod(abs(amount_e10), E10)
    text = f"{whole}.{fraction:010d}".rstrip("0").rstrip(".")
    return f"-{text}" if amount_e10 < 0 else text
