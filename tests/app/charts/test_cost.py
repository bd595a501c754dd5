from __future__ import annotations

from datetime import date

import holoviews as hv
import pandas as pd

from app.charts.cost import MOST_CLIENTS, OTHERS, client_colours, client_cost_bars, hours_against_cost, last_months
from app.data.overview_charts import BreakEven
from app.theme.palette import DARK, LIGHT
from tests.app.charts.frames import COST, OCT, POINTS


def many_clients(count: int) -> pd.DataFrame:
    """Client n cost n dollars in October."""
    return pd.DataFrame([(OCT, f"Client {n}", float(n)) for n in range(1, count + 1)], columns=COST.columns)


def test_bars_show_each_client_and_month() -> None:
    bars = client_cost_bars(COST, LIGHT)
    assert isinstance(bars, hv.Bars)
    shown = bars.dframe()[["shown_month", "client", "cost"]]
    assert [tuple(row) for row in shown.itertuples(index=False)] == [
        ("Sep 2026", "Globex", 20.0),
        ("Sep 2026", "Acme", 10.0),
        ("Oct 2026", "Globex", 22.0),
        ("Oct 2026", "Acme", 11.0),
    ]


def test_the_dearest_client_comes_first_in_the_legend() -> None:
    assert client_colours(COST, LIGHT) == {"Globex": LIGHT.series[0], "Acme": LIGHT.series[1]}


def test_small_clients_are_added_up_as_others() -> None:
    # Of 9 clients the 6 dearest are named (9 … 4); 1 + 2 + 3 = 6 dollars are left.
    bars = client_cost_bars(many_clients(9), LIGHT).dframe()
    assert len(bars) == MOST_CLIENTS + 1
    assert bars[bars.client == OTHERS].cost.tolist() == [6.0]
    assert client_colours(many_clients(9), DARK)[OTHERS] == DARK.rest


def test_a_single_client_too_many_keeps_its_name() -> None:
    assert OTHERS not in client_colours(many_clients(MOST_CLIENTS + 1), LIGHT)


def test_only_the_last_months_are_kept() -> None:
    assert last_months(COST, 1).month.unique().tolist() == [date(2026, 10, 1)]


def test_points_are_grouped_by_running_mode_and_unknown_counts_as_manual() -> None:
    layers = hours_against_cost(POINTS, None, LIGHT)
    shown = {layer.label: layer.dframe()[["usage_hours", "cost"]].to_numpy().tolist() for layer in layers}
    assert shown == {"ALWAYS_ON": [[10.0, 35.0]], "AUTO_STOP": [[90.0, 37.0]], "MANUAL": [[0.0, 0.0]]}


def test_the_break_even_is_drawn_where_it_is_known() -> None:
    break_even = BreakEven(median_hours=84.0, least_hours=80.0, most_hours=240.0)
    lines = [layer for layer in hours_against_cost(POINTS, break_even, LIGHT) if isinstance(layer, hv.VLine)]
    assert [line.data for line in lines] == [84.0]
