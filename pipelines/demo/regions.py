"""The regions of the estate: names, time zones, billing prefixes and the days on which people stay at home."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from pipelines.demo.estate import Window


@dataclass(frozen=True, slots=True)
class Region:
    """What bills and calendars need to know of an AWS region."""

    code: str
    long_name: str
    billing_prefix: str  #: in front of usage types; us-east-1 has none
    time_zone: str
    holidays: tuple[tuple[int, int], ...]  #: (month, day) that recur each year


REGIONS = {
    region.code: region
    for region in (
        Region(
            "us-east-1", "US East (N. Virginia)", "", "America/New_York", ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))
        ),
        Region("eu-west-1", "EU (Ireland)", "EU-", "Europe/Dublin", ((1, 1), (3, 17), (5, 1), (12, 25), (12, 26))),
        Region(
            "ap-southeast-1",
            "Asia Pacific (Singapore)",
            "APS1-",
            "Asia/Singapore",
            ((1, 1), (5, 1), (8, 9), (12, 25)),
        ),
    )
}

#: Listed for one account, refused by a service control policy; nothing lives there.
DENIED_REGION = "us-west-2"


def work_factor(region: str, window: Window) -> NDArray[np.float64]:
    """How much of a usual day's presence each day of the window has, 0–1.15; one number a day."""
    days = [window.date_of(day) for day in range(window.days)]
    return np.array([_factor(region, day) for day in days])


def _factor(region: str, day: date) -> float:
    if (day.month, day.day) in REGIONS[region].holidays:
        return 0.05
    if (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 3):
        return 0.35
    if day.month == 8 and region == "eu-west-1":
        return 0.75
    if day.month in (3, 6, 9, 12) and day.day >= 24:
        return 1.15  # the end of a quarter keeps finance late
    return 1.0


def utc_offset_minutes(region: str, window: Window) -> NDArray[np.int64]:
    """Minutes that local time is ahead of UTC at 09:00 local, daylight saving included; one number a day."""
    zone = ZoneInfo(REGIONS[region].time_zone)
    offsets = []
    for day in range(window.days):
        offset = datetime.combine(window.date_of(day), time(9), zone).utcoffset() or timedelta()
        offsets.append(int(offset.total_seconds() // 60))
    return np.array(offsets, dtype=np.int64)
