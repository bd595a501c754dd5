"""The frame of every page: bar, navigation, user menu, heading, and what stands there when a page cannot be shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Protocol

import panel as pn
from jinja2 import Template
from panel.io.resources import parse_template
from panel_material_ui.template.base import Page

from app.theme.material import page_sx, theme_config
from app.theme.palette import DARK, LIGHT, Look, look_of
from app.views.markup import markup_pane, show
from workbench.errors import MartIsNotReady, NothingInScope, WorkbenchError
from workbench.log import get_logger

log = get_logger()

TITLE = "WorkSpaces Workbench"
DOCUMENT = Path(__file__).parent.parent / "theme" / "document.html"
RETRY_SECONDS = 4


@dataclass(frozen=True, slots=True)
class Destination:
    """A page that the navigation leads to."""

    href: str  #: beside the present page, so that any prefix of a proxy stays
    title: str
    icon: str  #: path of an SVG of 24 × 24


DESTINATIONS = (
    Destination("overview", "Overview", "M4 20V11h4v9H4Zm6 0V4h4v16h-4Zm6 0v-6h4v6h-4Z"),
    Destination("inventory", "Inventory", "M3 5h18v3H3V5Zm0 5.5h18v3H3v-3ZM3 16h18v3H3v-3Z"),
    Destination("ask", "Ask", "M4 4h16v12H9l-5 4V4Zm3 4v2h10V8H7Zm0 3.5v2h7v-2H7Z"),
)


class Person(Protocol):
    """Who is looking: what the user menu shows of them."""

    @property
    def username(self) -> str: ...  # noqa: D102
    @property
    def display_name(self) -> str: ...  # noqa: D102
    @property
    def role(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a page puts into the frame."""

    main: list[pn.viewable.Viewable]
    as_of: datetime | None = None
    stale: str = ""
    on_look: Callable[[Look], object] | None = None  #: called when the reader changes between light and dark


def page(href: str, person: Person, build: Callable[[Look], Content]) -> pn.viewable.Viewable:
    """The page at `href` with what `build` gives, or with what is wrong and what to do about it."""
    is_dark = pn.config.theme == "dark"
    refresh = None
    try:
        content = build(look_of(is_dark=is_dark))
    except MartIsNotReady as error:
        refresh = str(RETRY_SECONDS)
        content = _said("Your data are being prepared", error)
    except NothingInScope as error:
        content = _said("There is nothing you may see yet", error)
    except WorkbenchError as error:
        log.warning("page_failed", page=href, error=type(error).__name__)
        content = _said("This page cannot be shown", error)
    return _frame(href, person, content, is_dark=is_dark, refresh=refresh)


def _frame(href: str, person: Person, content: Content, *, is_dark: bool, refresh: str | None) -> pn.viewable.Viewable:
    (here,) = (d for d in DESTINATIONS if d.href == href)
    navigation = markup_pane("navigation", items=DESTINATIONS, here=href, theme=_theme(is_dark))
    heading = markup_pane("heading", title=here.title, as_of=content.as_of, stale=content.stale)
    name = person.display_name or person.username
    user = markup_pane(
        "user_menu",
        name=name,
        username=person.username,
        role=person.role,
        initials="".join(part[0] for part in name.split()[:2]).upper(),
    )
    user.sizing_mode = None
    body = pn.Column(
        heading,
        *content.main,
        sizing_mode="stretch_width",
        margin=0,
        styles={"padding": "14px clamp(10px, 1.6vw, 24px) 32px", "gap": "14px"},
    )
    shown = Page(
        title=TITLE,
        main=[body],
        sidebar=[navigation],
        header=[pn.Spacer(sizing_mode="stretch_width"), user],
        sidebar_width=196,
        sidebar_resizable=False,
        dark_theme=is_dark,
        theme_config=theme_config(),
        sx=page_sx(),
        busy_indicator=None,
        site_url="overview",
        template=_document(),
        meta_refresh=refresh,
    )

    def change_look(event: object) -> None:
        show(navigation, "navigation", items=DESTINATIONS, here=href, theme=_theme(shown.dark_theme))
        if pn.state.location:
            pn.state.location.update_query(theme=_theme(shown.dark_theme))  # type: ignore[arg-type]  # stubbed as dicts
        if content.on_look:
            content.on_look(look_of(is_dark=shown.dark_theme))

    shown.param.watch(change_look, "dark_theme")
    return shown


def _said(title: str, error: WorkbenchError) -> Content:
    return Content(main=[markup_pane("state", title=title, what=error.what, remedies=error.do.splitlines())])


def _theme(is_dark: bool) -> str:
    return "dark" if is_dark else "default"


@cache
def _document() -> Template:
    template = parse_template(DOCUMENT.read_text(encoding="utf-8"))
    template.globals.update(light=LIGHT, dark=DARK)
    return template
