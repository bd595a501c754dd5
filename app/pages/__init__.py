"""Pages composed of views. `pages(doors)` gives every page by its path."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import panel as pn

from app.auth.identity import page_user
from app.data.cache import MartCache
from app.pages.ask import ask_page
from app.pages.inventory import inventory_page
from app.pages.overview import overview_page

if TYPE_CHECKING:
    from app.doors import Doors


def pages(doors: Doors) -> dict[str, Callable[[], pn.viewable.Viewable]]:
    """Path → the function that builds the page for whoever asks; all share what was read from the same mart."""
    pn.extension()
    cache = MartCache()
    built = {"/app/overview": overview_page, "/app/inventory": inventory_page, "/app/ask": ask_page}
    return {path: partial(build, doors, page_user, cache) for path, build in built.items()}
