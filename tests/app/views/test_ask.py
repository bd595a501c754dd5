from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import Any

import panel as pn
import panel_material_ui as pmui
import pytest

from app.theme.palette import DARK
from app.views.answer import AnswerView
from app.views.ask import AskView, Stage
from app.views.plot import Plot
from app.views.table import Grid
from llm.answer import Answer
from tests.app.pages.doors import ANSWER, ScriptedAsker
from workbench.errors import MartIsNotReady


def view_of(asker: Any, **options: Any) -> AskView:
    def ask(question: str, stage: Stage) -> Answer:
        return asker.ask(question, "mart", on_stage=stage)

    settings = {"suggestions": ["How many?"], "can_run_sql": True} | options
    return AskView(prepare=lambda: (ask, lambda sql: asker.run_sql(sql, "mart")), **settings)


def html_of(view: AskView) -> str:
    return "\n".join(pane.object for pane in view.__panel__().select(pn.pane.HTML))


def ask(view: AskView, question: str) -> None:
    asyncio.run(view.ask(question))


def test_an_answer_has_words_a_table_a_chart_and_its_sql() -> None:
    view = view_of(ScriptedAsker())
    ask(view, "How many WorkSpaces are there in each region?")
    (grid,) = view.__panel__().select(Grid)
    assert grid.rows == [["eu-west-1", "3"], ["us-east-1", "1"]]
    (plot,) = view.__panel__().select(Plot)
    assert "eu-west-1" in plot.item
    (sql,) = view.__panel__().select(pmui.TextAreaInput)
    assert sql.value == "SELECT 1"
    assert "Without a model" in html_of(view)


def test_the_newest_answer_is_on_top_and_the_older_stay() -> None:
    view = view_of(ScriptedAsker())
    ask(view, "first")
    older = view.feed.objects[0]
    ask(view, "second")
    assert view.feed.objects[1] is older
    assert html_of(view).index("second") < html_of(view).index("first")


def test_the_model_is_named_when_it_read_the_question() -> None:
    view = view_of(ScriptedAsker(replace(ANSWER, way="model", model="smollm2-135m")))
    ask(view, "x")
    assert "Model smollm2-135m" in html_of(view)


def test_what_cannot_be_answered_says_so_and_suggests() -> None:
    view = view_of(
        ScriptedAsker(Answer(outcome="unanswerable", way="parser", message="No <b>CPU</b>.", suggestions=("Other?",)))
    )
    ask(view, "CPU?")
    assert "The data cannot answer that" in html_of(view)
    assert "No &lt;b&gt;CPU&lt;/b&gt;." in html_of(view)
    assert [chip.label for chip in view.__panel__().select(pmui.Chip)] == ["Other?"]


def test_a_missing_model_says_how_to_get_one() -> None:
    missing = Answer(outcome="clarify", way="parser", message="I do not understand “x”, and no model is there to help.")
    view = view_of(ScriptedAsker(missing))
    ask(view, "x")
    assert "python -m llm models fetch" in html_of(view)


def test_the_question_is_escaped() -> None:
    view = view_of(ScriptedAsker())
    ask(view, "<img src=x onerror=alert(1)>")
    assert "<img" not in html_of(view)


def test_the_stages_are_shown_while_it_is_being_answered() -> None:
    """The page's loop is free while a question waits for the engine."""
    shown: list[str] = []
    go_on = threading.Event()

    class Slow(ScriptedAsker):
        def ask(self, question: str, mart: Any, *, on_stage: Any = None) -> Answer:
            on_stage("asking smollm2-135m")
            assert go_on.wait(10)
            return ANSWER

    async def both() -> None:
        view = view_of(Slow())
        asking = asyncio.ensure_future(view.ask("x"))
        while "Asking smollm2-135m" not in html_of(view):
            await asyncio.sleep(0.01)
        shown.append(html_of(view))
        go_on.set()
        await asking
        shown.append(html_of(view))

    asyncio.run(both())
    assert "Asking smollm2-135m" not in shown[1]


def test_edited_sql_is_run_and_replaces_the_answer() -> None:
    asker = ScriptedAsker()
    view = view_of(asker)
    ask(view, "x")
    answer = view._answers[0]
    editor = next(iter(answer.__panel__().select(pmui.TextAreaInput)))
    editor.value = "SELECT 2"
    assert asyncio.run(view._run_sql(editor.value)).sql == "SELECT 2"
    assert asker.asked[-1][0] == "SELECT 2"


def test_whoever_may_not_run_sql_sees_it_without_a_field() -> None:
    view = view_of(ScriptedAsker(), can_run_sql=False)
    ask(view, "x")
    assert not view.__panel__().select(pmui.TextAreaInput)
    assert '<pre class="sql"' in html_of(view)


def test_a_sign_in_that_ended_is_told_before_anything_is_asked() -> None:
    def gone() -> Any:
        raise MartIsNotReady("Your sign-in has ended.", do="Sign in again.")

    view = AskView(prepare=gone, suggestions=(), can_run_sql=True)
    ask(view, "x")
    assert "Your sign-in has ended." in html_of(view)
    assert view.feed.objects == []


def test_charts_follow_the_look() -> None:
    view = view_of(ScriptedAsker())
    ask(view, "x")
    view.look = DARK
    (plot,) = view.__panel__().select(Plot)
    assert DARK.series[0] in plot.item


@pytest.mark.parametrize("outcome", ["clarify", "unanswerable", "refuse", "error"])
def test_every_outcome_has_words(outcome: Any) -> None:
    view = AnswerView("x", run_sql=None)
    view.give(Answer(outcome=outcome, way="sql", message="Why.", sql="SELECT"))
    assert "Why." in "".join(pane.object for pane in view.__panel__().select(pn.pane.HTML))
