"""/app/inventory: every WorkSpace of the clients that someone sees, alive or gone."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import panel as pn

from app.charts.workspace import workspace_drawing
from app.data.cache import MartCache
from app.data.inventory import WorkspaceDetail, WorkspaceFilters, find_workspace
from app.data.inventory_table import FILTERS, InventoryFilters, filter_choices, inventory_rows
from app.pages import shell
from app.pages.address import keep_in_address, read_address
from app.pages.data_age import figures_and_age
from app.theme.palette import Look
from app.views.inventory import InventoryView
from app.views.markup import markup_pane

if TYPE_CHECKING:
    from app.auth.identity import User
    from app.doors import Doors

EMPTY = "No WorkSpace has been read for your clients yet. It appears here after the first run of the inventory."


def inventory_page(doors: Doors, who: Callable[[], User], cache: MartCache) -> pn.viewable.Viewable:
    """The inventory of whoever asks. `who` is asked again at each query: what someone may see can change meanwhile."""
    return shell.page("inventory", who(), partial(_content, doors, who, cache))


def _content(doors: Doors, who: Callable[[], User], cache: MartCache, look: Look) -> shell.Content:
    with doors.marts.open(who().scope) as mart:
        choices = cache.get(mart, "filter choices", build=lambda: filter_choices(mart))
        everything = cache.get(
            mart, "inventory", WorkspaceFilters(), build=lambda: inventory_rows(mart, WorkspaceFilters())
        )
        charts, stale = figures_and_age(doors, cache, mart)
    totals = charts.overview.totals
    if everything.empty:
        return shell.Content(main=[markup_pane("empty", text=EMPTY)], as_of=totals.as_of, stale=stale)

    def load(filters: WorkspaceFilters) -> pd.DataFrame:
        with doors.marts.open(who().scope) as mart:
            return cache.get(mart, "inventory", filters, build=lambda: inventory_rows(mart, filters))

    def find(workspace_id: str) -> WorkspaceDetail | None:
        with doors.marts.open(who().scope) as mart:
            return find_workspace(mart, workspace_id)

    asked = read_address([*FILTERS, "workspace"])
    opened = asked.pop("workspace", "")
    # An address may name what is no longer there.
    known = {name: value for name, value in asked.items() if name == "q" or value in getattr(choices, name)}
    filters = InventoryFilters(**known)
    view = InventoryView(
        choices=choices,
        load=load,
        find=find,
        draw=partial(workspace_drawing, currency=totals.currency),
        total=len(everything),
        totals=totals,
        filters=filters,
        workspace=opened,
        look=look,
    )
    keep_in_address(filters, {name: name for name in FILTERS})
    keep_in_address(view, {"workspace": "workspace"})
    return shell.Content(
        main=[view.__panel__()],
        as_of=totals.as_of,
        stale=stale,
        on_look=lambda chosen: view.param.update(look=chosen),
    )
