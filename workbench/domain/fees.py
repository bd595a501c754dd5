"""What a line of the AWS bill pays for: its fee class, and the bundle that its usage type names.

Source: usage types and descriptions as AWS's own dashboards and published bills show them. Two rules keep this
honest: patterns are anchored, because `HW-1` is a prefix of `HW-12` and `HWL-1` of `HWL-10`; and what fits no
documented form is `other`, never the nearest guess.
"""

from __future__ import annotations

import re
from enum import StrEnum


class FeeClass(StrEnum):
    """The kinds of fees that statements and views tell apart. The values are those of billing_data.fee_class."""

    ALWAYS_ON_MONTH = "alwayson_month"
    AUTO_STOP_BASE = "autostop_base"
    AUTO_STOP_HOURS = "autostop_hours"
    LICENCE = "licence"
    STORAGE = "storage"
    DIRECTORY = "directory"
    POOL = "pool"
    TAX = "tax"
    CREDIT = "credit"
    REFUND = "refund"
    OTHER = "other"


DIRECTORY_SERVICES = frozenset({"AWSDirectoryService", "AWS Directory Service"})

# A region other than us-east-1 stands in front (EU-, APS1-, USE2-), then the family, then what is sold of it.
_USAGE_TYPE = re.compile(r"^(?:[A-Z]{2,4}\d?-)?AW-(HWB|HWL|HWU|HW|SW[A-Z0-9]*)-(.+?)(-AutoStop-(?:User|Usage))?$")
_VOLUME = re.compile(r"^(?:Root|User)(?:Volume|$|-)")

# The rate part of a description names the plan; the older form spells it out.
_RATE = (
    (re.compile(r"/hour-Hourly\b"), FeeClass.AUTO_STOP_HOURS),
    (re.compile(r"/month-Hourly\b"), FeeClass.AUTO_STOP_BASE),
    (re.compile(r"/month-Monthly Plus\b"), FeeClass.ALWAYS_ON_MONTH),
    (re.compile(r"\bper hour per\b"), FeeClass.AUTO_STOP_HOURS),
)
_OLD_MONTHLY = re.compile(r"\bper month per\b")

_BY_SUFFIX = {
    "-AutoStop-User": FeeClass.AUTO_STOP_BASE,
    "-AutoStop-Usage": FeeClass.AUTO_STOP_HOURS,
    None: FeeClass.ALWAYS_ON_MONTH,
}
_BY_CHARGE_TYPE = {"Tax": FeeClass.TAX, "Credit": FeeClass.CREDIT, "Refund": FeeClass.REFUND}

_LICENCE_INCLUDED = {
    "1": "STANDARD",
    "2": "STANDARD",
    "3": "PERFORMANCE",
    "4": "PERFORMANCE",
    "5": "VALUE",
    "6": "VALUE",
    "7": "GRAPHICS",
    "8": "POWER",
    "9": "POWER",
    "10": "POWERPRO",
    "11": "POWERPRO",
    "12": "GRAPHICSPRO",
}
_BRING_YOUR_OWN = {
    "1": "VALUE",
    "2": "STANDARD",
    "3": "PERFORMANCE",
    "4": "GRAPHICS",
    "5": "POWER",
    "6": "POWERPRO",
    "7": "GRAPHICSPRO",
}


def fee_class(*, charge_type: str, service: str, usage_type: str, description: str | None) -> FeeClass:
    """Return what a bill line pays for.

    charge_type: CUR's line item type; Cost Explorer's record type. service: product code or Cost Explorer's name.
    description: None when the source has none (Cost Explorer); then the usage type alone decides, and one whose bundle
    number is unknown is OTHER. A description of no documented form is OTHER too: corrections and new plans carry the
    usage type of an ordinary fee without being one.
    """
    if charge_type in _BY_CHARGE_TYPE:
        return _BY_CHARGE_TYPE[charge_type]
    if charge_type.endswith("Discount"):
        return FeeClass.CREDIT
    if service in DIRECTORY_SERVICES:
        return FeeClass.DIRECTORY
    match = _USAGE_TYPE.match(usage_type)
    if not match:
        return FeeClass.OTHER
    family, item, suffix = match.groups()
    if item == "Pools" or item.startswith("Pools-"):
        return FeeClass.POOL
    if family.startswith("SW"):
        return FeeClass.LICENCE
    if _VOLUME.match(item):
        return FeeClass.STORAGE
    if description is None:
        return _BY_SUFFIX[suffix] if bundle_compute_type(usage_type) else FeeClass.OTHER
    for rate, named in _RATE:
        if rate.search(description):
            return named
    return _BY_SUFFIX[suffix] if _OLD_MONTHLY.search(description) else FeeClass.OTHER


def bundle_compute_type(usage_type: str) -> str | None:
    """Return the compute type that the number in a hardware usage type stands for; None when it names none we know."""
    match = _USAGE_TYPE.match(usage_type)
    if not match or match[1].startswith("SW"):
        return None
    return (_BRING_YOUR_OWN if match[1] == "HWB" else _LICENCE_INCLUDED).get(match[2])
