from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from app.data.inventory import WorkspaceFilters
from app.data.inventory_table import COLUMNS, InventoryFilters, as_csv, filter_choices, inventory_rows
from tests.app.small_marts import publish_mart
from workbench.domain.scope import ALL_CLIENTS
from workbench.marts import Mart, Marts


@pytest.fixture
def mart(tmp_path: Path) -> Iterator[Mart]:
    publish_mart(tmp_path, ALL_CLIENTS)
    marts = Marts(tmp_path)
    with marts.open(ALL_CLIENTS) as mart:
        yield mart
    marts.close()


def test_rows_have_the_columns_of_the_table(mart: Mart) -> None:
    rows = inventory_rows(mart, WorkspaceFilters(client="Acme"))
    assert rows.columns.tolist() == COLUMNS
    assert rows.last_month_cost.tolist() == [35.0, 20.25, 9.75]
    assert rows.last_month_hours.tolist() == [10.0, 35.0, 0.0]


def test_a_filter_that_nothing_passes_gives_an_empty_table(mart: Mart) -> None:
    rows = inventory_rows(mart, WorkspaceFilters(q="nobody"))
    assert rows.empty
    assert rows.columns.tolist() == COLUMNS


def test_choices_are_what_occurs(mart: Mart) -> None:
    choices = filter_choices(mart)
    assert choices.client == ["Acme", "Globex"]
    assert choices.state == ["AVAILABLE", "ERROR", "STOPPED"]


def test_empty_filters_are_left_open() -> None:
    assert InventoryFilters(q="  ", region="eu-west-1").chosen() == WorkspaceFilters(region="eu-west-1")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
def test_no_cell_of_the_download_is_a_formula(text: str) -> None:
    rows = pd.DataFrame({"user_name": [text, "ann", None], "cost": [-1.0, 2.0, 3.0]})
    lines = as_csv(rows).splitlines()
    assert lines[1] == f"'{text},-1.0"
    assert lines[2:] == ["ann,2.0", ",3.0"]
