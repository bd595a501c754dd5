"""What a bill line says about its fee: usage type, description, unit, product. One `Tariff` a distinct fee."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pipelines.demo.estate import Hardware
from pipelines.demo.prices import (
    DIRECTORY_HOUR_USD,
    OFFICE_MONTHLY_USD,
    STORAGE_GIB_MONTH_USD,
    UNLISTED_MONTHLY,
    PriceBook,
    e10,
    plain,
)
from pipelines.demo.regions import REGIONS

WORKSPACES, DIRECTORY_SERVICE = "AmazonWorkSpaces", "AWSDirectoryService"
#: Names that Cost Explorer uses for product codes.
SERVICE_NAMES = {WORKSPACES: "Amazon WorkSpaces", DIRECTORY_SERVICE: "AWS Directory Service"}

#: The number in a usage type, for Windows with the licence included and BYOL, and for Linux.
_NUMBERS = {
    "STANDARD": ("2", "1"),
    "PERFORMANCE": ("4", "3"),
    "VALUE": ("6", "5"),
    "POWER": ("9", "8"),
    "POWERPRO": ("11", "10"),
}
_BYOL_NUMBERS = {"VALUE": "1", "STANDARD": "2", "PERFORMANCE": "3", "POWER": "5", "POWERPRO": "6"}
_BUNDLE_NAMES = {
    "VALUE": "Value",
    "STANDARD": "Standard",
    "PERFORMANCE": "Performance",
    "POWER": "Power",
    "POWERPRO": "PowerPro",
    "GRAPHICS_G4DN": "Graphics.g4dn",
    "GRAPHICSPRO_G4DN": "GraphicsPro.g4dn",
    "GENERALPURPOSE_4XLARGE": "GeneralPurpose.4xlarge",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """One fee as a line of the bill states it. `fee` is our own short name, absent from the bill."""

    fee: str
    line_type: str = "Usage"
    product_code: str = WORKSPACES
    usage_type: str
    operation: str = ""
    description: str
    unit: str = ""
    price_e10: int = 0
    region: str
    product: tuple[tuple[str, str], ...] = ()


class TariffBook:
    """Numbers the distinct tariffs of one bill."""

    def __init__(self, prices: PriceBook) -> None:
        self.prices = prices
        self.tariffs: list[Tariff] = []
        self._numbers: dict[Tariff, int] = {}
        self._desktop_fees: dict[tuple[str, str, Hardware, date], int] = {}

    def number(self, tariff: Tariff) -> int:
        """The number of `tariff`, given on first use."""
        if tariff not in self._numbers:
            self._numbers[tariff] = len(self.tariffs)
            self.tariffs.append(tariff)
        return self._numbers[tariff]

    def desktop_fee(self, fee: str, region: str, hardware: Hardware, day: date) -> int:
        """The tariff number of `alwayson_month`, `autostop_base` or `autostop_hours` of a desktop on `day`."""
        listed = self.prices.at(region, hardware, day)
        key = (fee, region, hardware, listed.valid_from if hardware.compute_type not in UNLISTED_MONTHLY else date.min)
        if key not in self._desktop_fees:
            self._desktop_fees[key] = self.number(self._desktop_tariff(fee, region, hardware, day))
        return self._desktop_fees[key]

    def _desktop_tariff(self, fee: str, region: str, hardware: Hardware, day: date) -> Tariff:
        listed = self.prices.at(region, hardware, day)
        price = {"alwayson_month": listed.monthly_e10, "autostop_base": listed.base_e10}.get(fee, listed.hourly_e10)
        per, plan, suffix = {
            "alwayson_month": ("month", "Monthly Plus", ""),
            "autostop_base": ("month", "Hourly", "-AutoStop-User"),
            "autostop_hours": ("hour", "Hourly", "-AutoStop-Usage"),
        }[fee]
        bundle = _BUNDLE_NAMES[hardware.compute_type]
        storage = f"Root:{min(hardware.root_gib, 175)} GB,User:{min(hardware.user_gib, 100)} GB"
        system = _operating_system(hardware)
        return Tariff(
            fee=fee,
            usage_type=f"{REGIONS[region].billing_prefix}{_hardware_usage_type(hardware)}{suffix}",
            operation="CreateWorkspaces",
            description=f"{plain(price)} USD/{per}-{plan} {bundle} ({system}) {storage}, {REGIONS[region].long_name}",
            unit=per.title(),
            price_e10=price,
            region=region,
            product=(
                ("bundle", bundle),
                ("bundle_description", f"{bundle} {system}"),
                ("group", "Billed by the hour" if fee == "autostop_hours" else "Billed by the month"),
                (
                    "license",
                    {"included": "Included", "byol": "Bring Your Own License", "none": "None"}[hardware.os_license],
                ),
                ("operating_system", system),
                ("product_name", "Amazon WorkSpaces"),
                ("resource_type", "Hardware"),
                ("running_mode", "AlwaysOn" if fee == "alwayson_month" else "AutoStop"),
                ("software_included", "None"),
                ("storage", storage),
            ),
        )

    def office_licence(self, region: str) -> int:
        """The monthly licence of Office on one desktop."""
        return self.number(
            Tariff(
                fee="licence",
                usage_type=f"{REGIONS[region].billing_prefix}AW-SW-Office-1",
                operation="CreateWorkspaces",
                description=f"{OFFICE_MONTHLY_USD} USD/month-Software Microsoft Office Professional Plus",
                unit="Month",
                price_e10=e10(OFFICE_MONTHLY_USD),
                region=region,
                product=(
                    ("product_name", "Amazon WorkSpaces"),
                    ("resource_type", "Software"),
                    ("software_included", "Office"),
                ),
            )
        )

    def extra_storage(self, region: str) -> int:
        """User volume above 100 GB, by GB and month."""
        return self.number(
            Tariff(
                fee="storage",
                usage_type=f"{REGIONS[region].billing_prefix}AW-HW-UserVolume",
                operation="CreateWorkspaces",
                description=f"{STORAGE_GIB_MONTH_USD} USD/GB-month-additional user volume storage",
                unit="GB-Mo",
                price_e10=e10(STORAGE_GIB_MONTH_USD),
                region=region,
                product=(("product_name", "Amazon WorkSpaces"), ("resource_type", "Storage")),
            )
        )

    def directory(self, region: str, kind: str, size: str) -> int:
        """A directory of AWS Directory Service, by the hour."""
        price = DIRECTORY_HOUR_USD[size]
        return self.number(
            Tariff(
                fee="directory",
                product_code=DIRECTORY_SERVICE,
                usage_type=f"{REGIONS[region].billing_prefix}{size}-{kind}-DirectoryUsage",
                operation="CreateDirectory",
                description=f"{price} USD/hour-{size} {kind} directory, {REGIONS[region].long_name}",
                unit="Hour",
                price_e10=e10(price),
                region=region,
                product=(("product_name", "AWS Directory Service"), ("directory_type", kind), ("directory_size", size)),
            )
        )


def _hardware_usage_type(hardware: Hardware) -> str:
    if hardware.compute_type in UNLISTED_MONTHLY:
        return f"AW-HW-{_BUNDLE_NAMES[hardware.compute_type]}"
    if hardware.os_license == "byol":
        return f"AW-HWB-{_BYOL_NUMBERS[hardware.compute_type]}"
    windows, linux = _NUMBERS[hardware.compute_type]
    if hardware.os_name.startswith("AMAZON_LINUX"):
        return f"AW-HWL-{linux}"
    if hardware.os_name.startswith("UBUNTU"):
        return f"AW-HWU-{linux}"
    return f"AW-HW-{windows}"


def _operating_system(hardware: Hardware) -> str:
    if hardware.os_name.startswith("WINDOWS"):
        return "Windows BYOL" if hardware.os_license == "byol" else "Windows"
    return {"AMAZON": "Amazon Linux", "UBUNTU": "Ubuntu", "ROCKY": "Rocky Linux"}[hardware.os_name.split("_")[0]]
