from __future__ import annotations

import holoviews as hv
import pandas as pd

from app.charts.answer import MOST_BARS, answer_chart, answer_drawing
from app.data.answers import AnswerTable
from app.theme.palette import LIGHT


def table(rows: list[tuple[object, ...]], *columns: str, numbers: tuple[str, ...]) -> AnswerTable:
    return AnswerTable(rows=pd.DataFrame(rows, columns=list(columns)), numbers=numbers, money=())


def test_names_make_bars_with_the_first_row_on_top() -> None:
    chart = answer_chart(table([("us-east-1", 3), ("eu-west-1", 1)], "region", "n", numbers=("n",)), LIGHT)
    assert isinstance(chart, hv.Bars)
    assert chart.dframe()[["name", "number"]].to_numpy().tolist() == [["eu-west-1", 1], ["us-east-1", 3]]


def test_months_make_a_line_in_time() -> None:
    chart = answer_chart(table([("2026-10-01", 3), ("2026-09-01", 1)], "month", "cost", numbers=("cost",)), LIGHT)
    assert isinstance(chart, hv.Curve)
    assert chart.dframe().name.tolist() == ["2026-09-01", "2026-10-01"]


def test_there_is_no_chart_where_it_would_say_nothing() -> None:
    assert answer_chart(table([("a", 1)], "name", "n", numbers=("n",)), LIGHT) is None  # one row
    assert answer_chart(table([("a",), ("b",)], "name", numbers=()), LIGHT) is None  # no number
    assert answer_chart(table([(1,), (2,)], "n", numbers=("n",)), LIGHT) is None  # no name
    assert answer_chart(table([("a", 1), ("a", 2)], "name", "n", numbers=("n",)), LIGHT) is None  # split further


def test_many_names_are_cut_to_the_first() -> None:
    chart = answer_chart(table([(f"u{n}", n) for n in range(40)], "user", "n", numbers=("n",)), LIGHT)
    assert chart is not None
    assert len(chart) == MOST_BARS


def test_any_column_name_can_be_drawn() -> None:
    odd = table([("a", 1.0), ("b", 2.0)], "@{x} name", 'sum("a") $y', numbers=('sum("a") $y',))
    assert answer_drawing(odd, LIGHT).item
