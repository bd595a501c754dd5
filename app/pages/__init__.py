"""Pages composed of views. `pages(doors)` gives every page by its path."""

from __future__ import annotations

from collections.abc import Callable
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
    # Functions, not partials: Panel would show a partial as text.
    return {
        "/app/overview": lambda: overview_page(doors, page_user, cache),
        "/app/inventory": lambda: inventory_page(doors, page_user, cache),
        "/app/ask": lambda: ask_page(doors, page_user, cache),
    }
