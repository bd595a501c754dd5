from __future__ import annotations

from pathlib import Path

import pytest

from app.data.overview import Totals, overview
from app.views.kpi import KeyFigure, key_figures
from tests.app.small_marts import publish_mart
from workbench.domain.scope import ALL_CLIENTS
from workbench.marts import Marts


@pytest.fixture
def totals(tmp_path: Path) -> Totals:
    publish_mart(tmp_path, ALL_CLIENTS)
    marts = Marts(tmp_path)
    with marts.open(ALL_CLIENTS) as mart:
        found = overview(mart).totals
    marts.close()
    return found


def by_label(totals: Totals) -> dict[str, KeyFigure]:
    return {figure.label: figure for figure in key_figures(totals)}


def test_there_are_six_figures_and_each_says_what_it_means(totals: Totals) -> None:
    figures = key_figures(totals)
    assert [f.label for f in figures] == [
        "WorkSpaces",
        "Cost in Nov 2026",
        "Cost in Oct 2026",
        "Hours in Oct 2026",
        "Unused",
        "Savings found",
    ]
    assert all(f.meaning.endswith(".") for f in figures)


def test_an_unhealthy_workspace_is_pointed_out(totals: Totals) -> None:
    # One of the four is in state ERROR.
    figure = by_label(totals)["WorkSpaces"]
    assert (figure.value, figure.note, figure.tone) == ("4", "0 connected · 1 unhealthy", "warning")


def test_unused_workspaces_come_with_what_they_cost(totals: Totals) -> None:
    # Bob connected last on 1 September, 80 days before; his WorkSpace cost 9.75 in October.
    figure = by_label(totals)["Unused"]
    assert (figure.value, figure.note, figure.exact) == ("1", "$10 in Oct 2026", "$9.75")
