from __future__ import annotations

import pandas as pd
import pytest

from app.views.table import Column, Table

ROWS = pd.DataFrame({"name": ["b", "a", "c", None], "cost": [1.0, 3.0, 2.0, None]})
COLUMNS = [Column(name="name", title="Name"), Column(name="cost", title="Cost", is_number=True, write="{:.2f}".format)]


@pytest.fixture
def opened() -> list[int]:
    return []


@pytest.fixture
def table(opened: list[int]) -> Table:
    return Table(COLUMNS, rows=ROWS, label="Things", page_size=3, on_open=opened.append)


def test_a_page_holds_texts_and_missing_values_a_dash(table: Table) -> None:
    assert table.grid.rows == [["b", "1.00"], ["a", "3.00"], ["c", "2.00"]]
    table.answer({"kind": "page", "page": 2})
    assert table.grid.rows == [["–", "–"]]
    assert table.grid.total == 4


def test_rows_are_sorted_by_value_with_missing_ones_last(table: Table) -> None:
    table.answer({"kind": "sort", "sort": "cost", "descending": True})
    assert [row[0] for row in table.grid.rows] == ["a", "c", "b"]
    table.answer({"kind": "sort", "sort": "", "descending": False})
    assert [row[0] for row in table.grid.rows] == ["b", "a", "c"]


def test_sorting_goes_back_to_the_first_page(table: Table) -> None:
    table.answer({"kind": "page", "page": 2})
    table.answer({"kind": "sort", "sort": "name", "descending": False})
    assert table.grid.page == 1


def test_opening_a_row_names_its_place_in_the_frame(table: Table, opened: list[int]) -> None:
    table.answer({"kind": "sort", "sort": "cost", "descending": True})
    table.answer({"kind": "open", "row": 1})  # c, the third row of the frame
    table.answer({"kind": "page", "page": 2})
    table.answer({"kind": "open", "row": 0})
    assert opened == [2, 3]


def test_new_rows_keep_the_order_and_begin_at_the_first_page(table: Table) -> None:
    table.answer({"kind": "sort", "sort": "cost", "descending": True})
    table.rows = ROWS.head(3).assign(cost=[9.0, 1.0, 5.0])
    assert [row[0] for row in table.grid.rows] == ["b", "c", "a"]


@pytest.mark.parametrize(
    "message",
    [
        {"kind": "page", "page": 3},
        {"kind": "page", "page": 0},
        {"kind": "open", "row": 3},
        {"kind": "open", "row": -1},
        {"kind": "sort", "sort": "secret", "descending": True},
        {"kind": "sort", "sort": "name", "descending": "yes"},
        {"kind": "drop"},
        {},
    ],
    ids=str,
)
def test_what_is_not_there_is_left_alone(table: Table, opened: list[int], message: dict[str, object]) -> None:
    before = (table.grid.rows, table.grid.page, table.grid.sort)
    table.answer(message)
    assert (table.grid.rows, table.grid.page, table.grid.sort) == before
    assert opened == []


def test_the_shared_frame_is_never_changed(table: Table) -> None:
    kept = ROWS.copy()
    table.answer({"kind": "sort", "sort": "cost", "descending": False})
    pd.testing.assert_frame_equal(ROWS, kept)


def test_an_empty_table_has_one_empty_page() -> None:
    assert Table(COLUMNS, rows=ROWS.head(0), label="x", page_size=3).grid.rows == []
