"""HTML of the pages, from templates that escape every value: the only way that data reaches a page as HTML.

Invariant: no template says `safe`, no view joins strings to HTML (tests/app/views/test_markup.py).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import panel as pn
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.theme import formats

TEMPLATES = Path(__file__).parent / "templates"
STYLES = Path(__file__).parent.parent / "theme"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for format_ in (formats.money, formats.count, formats.hours, formats.month, formats.instant, formats.age):
        environment.filters[format_.__name__] = format_
    environment.filters |= {"person": formats.person, "words": formats.words}
    return environment


@cache
def stylesheet(name: str = "workbench") -> str:
    """The sheet `app/theme/<name>.css`, for a pane or table, each of which is a shadow root of its own."""
    return (STYLES / f"{name}.css").read_text(encoding="utf-8")


def markup(template: str, /, **values: Any) -> str:
    """The HTML of `templates/<template>.html`, values escaped."""
    return _environment().get_template(f"{template}.html").render(**values)


def markup_pane(template: str, /, **values: Any) -> pn.pane.HTML:
    """A pane of the template's HTML in the house style, as wide as its place."""
    return show(pn.pane.HTML(sizing_mode="stretch_width", margin=0, stylesheets=[stylesheet()]), template, **values)


def show(pane: pn.pane.HTML, template: str, /, **values: Any) -> pn.pane.HTML:
    """Put the template's HTML into `pane`, which is given back."""
    pane.object = markup(template, **values)
    return pane
