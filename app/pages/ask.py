"""/app/ask: questions in plain English on the data of the clients that someone sees."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import panel as pn

from app.auth.permissions import Permission, may
from app.data.cache import MartCache
from app.pages import shell
from app.pages.data_age import figures_and_age
from app.theme.palette import Look
from app.views.ask import AskView
from app.views.markup import markup_pane
from llm.answer import Answer
from llm.text_to_sql import SUGGESTIONS, Stage

if TYPE_CHECKING:
    from app.auth.identity import User
    from app.doors import Doors

SWITCHED_OFF = "Questions are switched off here. The overview and the inventory show the same data."


def ask_page(doors: Doors, who: Callable[[], User], cache: MartCache) -> pn.viewable.Viewable:
    """Questions of whoever asks. `who` is asked again at each one: what someone may see can change meanwhile."""
    return shell.page("ask", who(), partial(_content, doors, who, cache))


def _content(doors: Doors, who: Callable[[], User], cache: MartCache, look: Look) -> shell.Content:
    asker = doors.asker
    user = who()
    with doors.marts.open(user.scope) as mart:
        charts, stale = figures_and_age(doors, cache, mart)
    totals = charts.overview.totals
    if asker is None:
        return shell.Content(main=[markup_pane("empty", text=SWITCHED_OFF)], as_of=totals.as_of, stale=stale)

    def prepare() -> tuple[Callable[[str, Stage], Answer], Callable[[str], Answer]]:
        scope = who().scope

        def ask(question: str, on_stage: Stage) -> Answer:
            # The lease keeps this version's file until the answer is there.
            with doors.marts.open(scope) as mart:
                return asker.ask(question, mart.path, on_stage=on_stage)

        def run_sql(sql: str) -> Answer:
            with doors.marts.open(scope) as mart:
                return asker.run_sql(sql, mart.path)

        return ask, run_sql

    view = AskView(prepare=prepare, suggestions=SUGGESTIONS, can_run_sql=may(user, Permission.RUN_SQL), look=look)
    return shell.Content(
        main=[view.__panel__()],
        as_of=totals.as_of,
        stale=stale,
        on_look=lambda chosen: view.param.update(look=chosen),
    )
