"""The two looks of the workbench, light and dark: every colour that a page, table or chart uses.

Invariant, held by a test: text reaches a contrast of 4.5 against what it stands on, chart colours reach 3 (WCAG AA).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["light", "dark"]

FONT = "Roboto, 'Segoe UI', system-ui, sans-serif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The colours of one mode, as #rrggbb."""

    mode: Mode
    canvas: str  #: behind the cards
    surface: str  #: cards, tables, charts
    line: str  #: borders and grid lines
    text: str
    muted: str  #: labels, axes, secondary text
    primary: str  #: links, buttons, the chosen item
    on_primary: str
    bar: str  #: the bar at the top
    on_bar: str
    good: str
    warning: str
    bad: str
    series: tuple[str, ...]  #: categories in the order they are given out
    rest: str  #: the category "others"


LIGHT = Look(
    mode="light",
    canvas="#f3f5f8",
    surface="#ffffff",
    line="#dfe4ea",
    text="#1b2430",
    muted="#566273",
    primary="#1f5fa8",
    on_primary="#ffffff",
    bar="#18222f",
    on_bar="#ffffff",
    good="#1d7a46",
    warning="#94600a",
    bad="#b3323e",
    series=("#2f6fb7", "#c8641b", "#1b8a7a", "#7d5bb8", "#b8475a", "#7d7f1e", "#3f8fb0"),
    rest="#7f8a98",
)

DARK = Look(
    mode="dark",
    canvas="#11161d",
    surface="#1a212b",
    line="#303a47",
    text="#e6ebf1",
    muted="#a5b1c0",
    primary="#82b4f2",
    on_primary="#0c1622",
    bar="#0c1117",
    on_bar="#ffffff",
    good="#63c48d",
    warning="#e5b04f",
    bad="#f08a93",
    series=("#6ea8ec", "#f0975a", "#4fc3b0", "#b69ee8", "#ec8a9b", "#c5c656", "#8fc3df"),
    rest="#8d99a8",
)


def look_of(*, is_dark: bool) -> Look:
    """The look of a page that is dark, or not."""
    return DARK if is_dark else LIGHT


# Running modes keep their colour on every chart: an index into `series`.
RUNNING_MODES = {"ALWAYS_ON": 0, "AUTO_STOP": 2, "MANUAL": 5}
