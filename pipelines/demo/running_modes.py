"""Which running mode each desktop is in, and since when AWS bills it so.

Clients choose the cheaper mode for most desktops and the dearer one for 12–26 % of them: the saving to be found.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipelines.demo.estate import ClientEstate, Desktop, Window
from pipelines.demo.population import MODE_CHANGE_SHARE_A_MONTH, UPGRADE_SHARE_A_MONTH
from pipelines.demo.prices import COMPUTE_TYPES, UNLISTED_MONTHLY, PriceBook
from workbench.clock import next_month

ALWAYS_ON, AUTO_STOP = "ALWAYS_ON", "AUTO_STOP"


def choose_modes(
    client: ClientEstate, running: NDArray[np.uint8], prices: PriceBook, window: Window, rng: np.random.Generator
) -> ClientEstate:
    """Give every desktop that is not planted its mode, and some a later change of mode or a bigger bundle."""
    misfit_share = rng.uniform(0.12, 0.26)
    months = len(window.month_starts)
    chosen = []
    for row, desktop in enumerate(client.desktops):
        draw = rng.random(4)
        if desktop.is_planted:
            chosen.append(desktop)
            continue
        alive_days = max(1, _last_day(desktop, window) - max(0, window.day(desktop.created_at.date())))
        hours_a_month = float(running[row].sum()) * 30 / alive_days
        price = prices.at(desktop.region, desktop.hardware, window.as_of)
        auto_is_cheaper = price.base_e10 + price.hourly_e10 * hours_a_month < price.monthly_e10
        wanted = AUTO_STOP if auto_is_cheaper else ALWAYS_ON
        if desktop.hardware.compute_type in UNLISTED_MONTHLY:
            wanted = ALWAYS_ON
        elif draw[0] < misfit_share:
            wanted = _other(wanted)
        desktop = replace(desktop, running_mode=wanted)
        settled = desktop.created_at < window.instant(0) and desktop.terminated_at is None
        if settled and not desktop.migrated_from and desktop.hardware.compute_type not in UNLISTED_MONTHLY:
            if draw[1] < MODE_CHANGE_SHARE_A_MONTH * months:
                day = int(draw[2] * (window.days - 2)) + 1
                desktop = replace(desktop, running_mode=_other(wanted), mode_changes=((day, wanted),))
            elif draw[1] > 1 - UPGRADE_SHARE_A_MONTH * months and months > 2:
                month = 1 + int(draw[3] * (months - 2))
                bigger = COMPUTE_TYPES[
                    min(len(COMPUTE_TYPES) - 1, COMPUTE_TYPES.index(desktop.hardware.compute_type) + 1)
                ]
                if bigger != desktop.hardware.compute_type:
                    day = window.month_start_day(month)
                    desktop = replace(desktop, upgrade_day=day, upgrade_compute=bigger)
        chosen.append(desktop)
    return replace(client, desktops=tuple(chosen))


def billed_modes(desktop: Desktop, window: Window) -> list[tuple[int, str]]:
    """(day, mode) from which AWS bills: to AlwaysOn at once, to AutoStop from the 1st of the next month."""
    steps = [(-10_000, desktop.running_mode)]
    pending: int | None = None
    for day, mode in desktop.mode_changes:
        if pending is not None and pending <= day:
            steps.append((pending, AUTO_STOP))
            pending = None
        if mode == ALWAYS_ON:
            pending = None
            if steps[-1][1] != ALWAYS_ON:
                steps.append((day, ALWAYS_ON))
        elif steps[-1][1] != AUTO_STOP:
            pending = window.day(next_month(window.date_of(day)))
    if pending is not None and pending < window.days:
        steps.append((pending, AUTO_STOP))
    return steps


def mode_spans(desktop: Desktop, window: Window) -> list[tuple[int, int, str]]:
    """(first day, day after the last, billed mode), in order, without gaps, reaching past the end of the window."""
    steps = [*billed_modes(desktop, window), (window.days + 1, "")]
    return [(begin, end, mode) for (begin, mode), (end, _) in pairwise(steps)]


def _other(mode: str) -> str:
    return AUTO_STOP if mode == ALWAYS_ON else ALWAYS_ON


def _last_day(desktop: Desktop, window: Window) -> int:
    return window.days if desktop.terminated_at is None else window.day(desktop.terminated_at.date()) + 1
