"""Nothing but escaped values gets into the HTML of a page."""

from __future__ import annotations

import re
from pathlib import Path

import panel as pn
import pytest

from app.views.markup import TEMPLATES, markup, show
from app.views.table import Grid

VIEWS = Path(TEMPLATES).parent


def test_values_are_escaped() -> None:
    assert "&lt;b&gt;" in markup("card_head", title="<b>", note="", legend=())
    assert 'aria-label="Account of &#34;&gt;' in markup("user_menu", name='">', username="x", role="ADMIN", initials="")


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.stem)
def test_no_template_switches_escaping_off(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"\|\s*safe\b|autoescape|<script|\son\w+=", text)


@pytest.mark.parametrize(
    "module", sorted([*VIEWS.glob("*.py"), *(VIEWS.parent / "pages").glob("*.py")]), ids=lambda p: p.stem
)
def test_no_view_makes_html_of_its_own(module: Path) -> None:
    code = "\n".join(line for line in module.read_text().splitlines() if not line.lstrip().startswith("#"))
    assert not re.search(r"""["']\s*<\w|Markdown\(|Markup\(|pmui\.(Alert|Typography)\(""", code)


def test_the_grid_writes_texts_not_html() -> None:
    assert "innerHTML" not in Grid._esm
    assert "insertAdjacentHTML" not in Grid._esm


def test_a_pane_is_given_back() -> None:
    pane = pn.pane.HTML()
    assert show(pane, "nothing") is pane
