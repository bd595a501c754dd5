from __future__ import annotations

import pandas as pd

from app.charts.use import client_mode_bars, mode_colours, month_hours_bars
from app.theme.palette import LIGHT
from tests.app.charts.frames import OCT, SEP


def test_hours_are_in_the_order_of_the_months() -> None:
    frame = pd.DataFrame(
        [(OCT, 145.0, 3, 4), (SEP, 100.0, 2, 4)], columns=["month", "usage_hours", "used_workspaces", "workspaces"]
    )
    shown = month_hours_bars(frame, LIGHT).dframe()
    assert shown[["shown_month", "usage_hours"]].to_numpy().tolist() == [["Sep 2026", 100.0], ["Oct 2026", 145.0]]


def test_the_largest_client_is_on_top() -> None:
    frame = pd.DataFrame(
        [("Acme", "ALWAYS_ON", 5), ("Acme", "AUTO_STOP", 1), ("Globex", "MANUAL", 2)],
        columns=["client_name", "running_mode", "workspaces"],
    )
    # Axes are swapped: the last client of the frame is the highest bar.
    shown = client_mode_bars(frame, LIGHT).dframe()[["client_name", "running_mode", "workspaces"]]
    assert shown.to_numpy().tolist() == [["Globex", "MANUAL", 2], ["Acme", "ALWAYS_ON", 5], ["Acme", "AUTO_STOP", 1]]


def test_running_modes_have_their_own_colours() -> None:
    assert len(set(mode_colours(LIGHT).values())) == 3
