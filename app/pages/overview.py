"""/app/overview: what there is, what it costs, what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import panel as pn

from app.charts.figure import Drawing
from app.charts.overview import overview_drawings
from app.data.cache import MartCache
from app.pages import shell
from app.pages.data_age import figures_and_age
from app.theme.palette import Look
from app.views.markup import markup_pane
from app.views.overview import OverviewView

if TYPE_CHECKING:
    from app.auth.identity import User
    from app.doors import Doors

EMPTY = (
    "No WorkSpace, bill or use has been read for your clients yet. "
    "They appear here after the first run of the pipelines."
)


def overview_page(doors: Doors, who: Callable[[], User], cache: MartCache) -> pn.viewable.Viewable:
    """The overview of the clients that whoever asks may see."""
    user = who()
    return shell.page("overview", user, partial(_content, doors, user, cache))


def _content(doors: Doors, user: User, cache: MartCache, look: Look) -> shell.Content:
    with doors.marts.open(user.scope) as mart:
        charts, stale = figures_and_age(doors, cache, mart)
    totals = charts.overview.totals
    if not (totals.workspaces or len(charts.client_cost)):
        return shell.Content(main=[markup_pane("empty", text=EMPTY)], as_of=totals.as_of, stale=stale)

    def drawings(look: Look) -> dict[str, Drawing]:
        return cache.get(mart, "overview drawings", look.mode, build=lambda: overview_drawings(charts, look))

    view = OverviewView(charts, drawings, now=doors.clock(), look=look)
    return shell.Content(
        main=[view.__panel__()],
        as_of=totals.as_of,
        stale=stale,
        on_look=lambda chosen: view.param.update(look=chosen),
    )
