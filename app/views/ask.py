"""Questions in plain English: a field, suggestions, and the answers below, the newest first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import panel as pn
import panel_material_ui as pmui
import param

from app.theme.palette import LIGHT, Look
from app.views.answer import AnswerView
from app.views.markup import markup_pane, show
from llm.answer import Answer
from workbench.errors import WorkbenchError

MOST_ANSWERS = 20

Stage = Callable[[str], None]
Ask = Callable[[str, Stage], Answer]
"""Answers a question, telling its stages; blocks."""


class AskView(pn.viewable.Viewer):
    """The conversation of one page; it is not kept beyond it.

    prepare: called on the page's own thread before each question or SQL; gives the two blocking calls that answer as
    whoever asks, or raises WorkbenchError. can_run_sql: whether SQL may be changed and run.
    """

    look = param.ClassSelector(class_=Look, default=LIGHT)

    def __init__(
        self,
        *,
        prepare: Callable[[], tuple[Ask, Callable[[str], Answer]]],
        suggestions: Sequence[str],
        can_run_sql: bool,
        **params: object,
    ) -> None:
        super().__init__(**params)
        self._prepare, self._can_run_sql = prepare, can_run_sql
        self._answers: list[AnswerView] = []
        self.question = pmui.TextInput(
            label="Ask about inventory, use or cost",
            placeholder="For example: which WorkSpaces have not been used for 60 days?",
            sizing_mode="stretch_width",
            margin=0,
            max_length=500,
        )
        self.button = pmui.Button(label="Ask", icon="send", variant="contained", margin=0, height=40)
        self.problem = markup_pane("nothing")
        self._chips = pn.FlexBox(gap="8px", sizing_mode="stretch_width", margin=(10, 0, 0, 0))
        self.feed = pn.Column(sizing_mode="stretch_width", margin=0, styles={"gap": "14px"})
        self._suggest(suggestions)
        self.button.on_click(self._send)
        self.question.param.watch(self._send, "enter_pressed")
        field = pn.FlexBox(
            pn.Row(self.question, styles={"flex": "1 1 260px"}, margin=0),
            self.button,
            gap="10px",
            align_items="center",
            sizing_mode="stretch_width",
        )
        self._layout = pn.Column(
            field, self._chips, self.problem, self.feed, sizing_mode="stretch_width", margin=0, styles={"gap": "8px"}
        )

    def __panel__(self) -> pn.viewable.Viewable:
        """The layout, always the same."""
        return self._layout

    async def ask(self, question: str) -> None:
        """Put the question on the page, and its answer when it is there."""
        try:
            ask, _ = self._prepare()
        except WorkbenchError as error:
            show(self.problem, "alert", tone="bad", title=error.what, text=error.do)
            return
        show(self.problem, "nothing")
        view = AnswerView(question, run_sql=self._run_sql if self._can_run_sql else None, look=self.look)
        self._answers = [view, *self._answers][:MOST_ANSWERS]
        with pn.io.hold():
            self._clear(question)
            self.feed.objects = [answer.__panel__() for answer in self._answers]
        stages: asyncio.Queue[str] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def tell(stage: str) -> None:
            loop.call_soon_threadsafe(stages.put_nowait, stage)

        # Asking waits for the model and the engine, so it has a thread of its own and the page goes on.
        asking = asyncio.ensure_future(asyncio.to_thread(ask, question, tell))
        asking.add_done_callback(lambda _: stages.put_nowait(""))
        while stage := await stages.get():
            view.stage = stage
        answer = await asking
        view.give(answer)
        self._clear(question)
        if answer.suggestions:
            self._suggest(answer.suggestions)

    def _clear(self, question: str) -> None:
        """Empty the field, unless something else has been typed since."""
        if (self.question.value_input or "").strip() in ("", question):
            self.question.value = ""
            # While Panel takes in what was typed it does not send the field back; the second time it does.
            self.question.param.trigger("value", "value_input")

    async def _run_sql(self, sql: str) -> Answer:
        try:
            _, run_sql = self._prepare()
        except WorkbenchError as error:
            return Answer(outcome="error", way="sql", message=str(error), sql=sql)
        return await asyncio.to_thread(run_sql, sql)

    async def _send(self, _: object) -> None:
        question = (self.question.value_input or self.question.value or "").strip()
        if question:
            await self.ask(question)

    def _suggest(self, suggestions: Sequence[str]) -> None:
        def chip(question: str) -> pmui.Chip:
            async def choose(_: object) -> None:
                await self.ask(question)

            return pmui.Chip(label=question, size="small", variant="outlined", margin=0, on_click=choose)

        self._chips.objects = [chip(question) for question in suggestions]

    @param.depends("look", watch=True)
    def _redraw(self) -> None:
        for answer in self._answers:
            answer.look = self.look
