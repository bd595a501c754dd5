from __future__ import annotations

import json

import pytest

from app.charts.cost import client_cost_bars, hours_against_cost
from app.charts.figure import as_item
from app.charts.use import client_mode_bars
from app.charts.workspace import workspace_drawing
from app.data.inventory import WorkspaceDetail
from app.theme.palette import DARK, LIGHT, Look
from tests.app.charts.frames import COST, POINTS


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_a_figure_stands_on_the_colour_of_its_card(look: Look) -> None:
    item = json.loads(as_item(client_cost_bars(COST, look), look))
    figure = item["doc"]["roots"][0]["attributes"]
    # Bokeh leaves out what is white, its default.
    assert figure.get("background_fill_color", "#ffffff") == look.surface
    assert figure.get("border_fill_color", "#ffffff") == look.surface


def test_a_figure_carries_nothing_but_itself() -> None:
    # Panel's definitions of its own models would be 150 kB in each.
    text = as_item(client_cost_bars(COST, LIGHT), LIGHT)
    assert "defs" not in json.loads(text)["doc"]
    assert len(text) < 30_000


def test_money_ticks_and_no_logo() -> None:
    text = as_item(hours_against_cost(POINTS, None, LIGHT), LIGHT)
    assert '"$0.[0]a"' in text
    assert '"logo":null' in text
    assert '"output_backend":"canvas"' not in text  # Bokeh leaves a default out, and canvas is it
    assert "webgl" not in text


def test_a_workspace_without_a_month_has_no_chart() -> None:
    assert workspace_drawing(WorkspaceDetail(workspace={}), LIGHT).item == ""


def test_client_names_stay_on_their_axis() -> None:
    modes = POINTS.assign(workspaces=1)[["client_name", "running_mode", "workspaces"]].dropna()
    item = json.loads(as_item(client_mode_bars(modes, LIGHT), LIGHT))
    left = item["doc"]["roots"][0]["attributes"]["left"][0]
    assert left["name"] == "CategoricalAxis"
    assert "NumeralTickFormatter" not in json.dumps(left)
