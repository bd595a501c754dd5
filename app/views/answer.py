"""One question and its answer: what is being done, then words, a table, a chart, and the SQL to look at and change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import panel as pn
import panel_material_ui as pmui
import param

from app.charts.answer import MOST_BARS, answer_drawing
from app.data.answers import AnswerTable, answer_table
from app.theme import formats
from app.theme.palette import LIGHT, Look
from app.views.markup import markup_pane, show
from app.views.plot import Plot
from app.views.plot_card import card
from app.views.table import Column, Table
from llm.answer import Answer

PAGE_SIZE = 10
MODEL_HELP = "To get one: python -m llm models fetch NAME, then python -m llm serve. The suggestions work without."
SAY_IT_OTHERWISE = "Say it in other words, or take one of the suggestions."

OUTCOMES = {
    "clarify": ("warning", "I need to know more"),
    "unanswerable": ("warning", "The data cannot answer that"),
    "refuse": ("bad", "That is not allowed"),
    "error": ("bad", "That did not work"),
}

RunSql = Callable[[str], Awaitable[Answer]]


class AnswerView(pn.viewable.Viewer):
    """The card of one question. `stage` says what is being done until `give` brings the answer.

    run_sql: runs edited SQL; None shows the SQL without a way to change it.
    """

    stage = param.String("reading the question")
    look = param.ClassSelector(class_=Look, default=LIGHT)

    def __init__(self, question: str, *, run_sql: RunSql | None, **params: object) -> None:
        super().__init__(**params)
        self._question, self._run_sql = question, run_sql
        self._table: AnswerTable | None = None
        self._plot: Plot | None = None
        self.head = markup_pane("asked", question=question, stage=self.stage)
        self.body = pn.Column(sizing_mode="stretch_width", margin=0)
        self._layout = card(self.head, self.body, grow="none")

    def __panel__(self) -> pn.viewable.Viewable:
        """The card, always the same."""
        return self._layout

    @param.depends("stage", watch=True)
    def _say_stage(self) -> None:
        show(self.head, "asked", question=self._question, stage=self.stage)

    def give(self, answer: Answer) -> None:
        """Show `answer`."""
        # All panes are made before the page hears of any: half an answer is never on its way.
        tabs = [*self._result(answer), *self._sql(answer)]
        words = self._words(answer)
        made = [pmui.Tabs(*tabs, sizing_mode="stretch_width", margin=(0, 8, 8, 8))] if tabs else []
        with pn.io.hold():
            self.stage = ""
            self.body.objects = [words, *made]

    @param.depends("look", watch=True)
    def _redraw(self) -> None:
        if self._plot is not None and self._table is not None:
            self._plot.item = answer_drawing(self._table, self.look).item

    def _words(self, answer: Answer) -> pn.pane.HTML:
        if answer.outcome == "answer":
            return markup_pane("answered", answer=answer)
        tone, title = OUTCOMES[answer.outcome]
        text = answer.message
        if "no model is there" in text:
            text += f"\n{MODEL_HELP}"
        elif answer.outcome == "clarify" and answer.result is None:
            text += f"\n{SAY_IT_OTHERWISE}"
        return markup_pane("not_answered", tone=tone, title=title, text=text)

    def _result(self, answer: Answer) -> list[tuple[str, pn.viewable.Viewable]]:
        self._table, self._plot = None, None
        if answer.result is None:
            return []
        if not answer.result.row_count:
            return [("Table", markup_pane("empty", text="No row fits. Ask for another month, or fewer conditions."))]
        self._table = answer_table(answer.result)
        tabs = [("Table", _rows(self._table))]
        drawing = answer_drawing(self._table, self.look)
        if drawing.item:
            self._plot = Plot(
                item=drawing.item,
                label=f"Chart of: {self._question}",
                height=max(220, 90 + 26 * min(len(self._table.rows), MOST_BARS)),
                sizing_mode="stretch_width",
                margin=8,
            )
            tabs.append(("Chart", self._plot))
        return tabs

    def _sql(self, answer: Answer) -> list[tuple[str, pn.viewable.Viewable]]:
        if not answer.sql:
            return []
        run_sql = self._run_sql
        if run_sql is None:
            return [("SQL", markup_pane("sql", sql=answer.sql))]
        editor = pmui.TextAreaInput(
            label="SQL, to look at and to change",
            value=answer.sql,
            auto_grow=True,
            rows=3,
            max_rows=18,
            sizing_mode="stretch_width",
            margin=(14, 8, 8, 8),
            sx={"& textarea": {"fontFamily": "ui-monospace, Menlo, Consolas, monospace", "fontSize": "13px"}},
        )
        run = pmui.Button(
            label="Run this SQL", icon="play_arrow", variant="outlined", size="small", margin=(0, 8, 8, 8)
        )

        async def go(_: object) -> None:
            run.loading = True
            try:
                self.give(await run_sql(editor.value_input or editor.value))
            finally:
                run.loading = False

        run.on_click(go)
        return [("SQL", pn.Column(editor, run, sizing_mode="stretch_width", margin=0))]


def _rows(answer: AnswerTable) -> pn.viewable.Viewable:
    columns = [
        Column(
            name=name,
            title=formats.words(name),
            is_number=name in answer.numbers,
            write=formats.money if name in answer.money else _number if name in answer.numbers else str,
        )
        for name in answer.rows.columns
    ]
    grid = Table(columns, rows=answer.rows, label="Answer", page_size=PAGE_SIZE).__panel__()
    # Two columns over a whole screen are hard to read across.
    grid.max_width = 260 * len(columns) + 60
    return grid


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
