"""The palette as Material UI takes it: one theme with a light and a dark side, for all pages."""

from __future__ import annotations

from typing import Any

from app.theme.palette import DARK, FONT, LIGHT, Look

BAR_HEIGHT = 54


def theme_config() -> dict[str, Any]:
    """`theme_config` of a Page; HTML panes and tables take their colours from it through --mui-palette-… variables."""
    return {"light": _side(LIGHT), "dark": _side(DARK)}


def _side(look: Look) -> dict[str, Any]:
    return {
        "palette": {
            "primary": {"main": look.primary, "contrastText": look.on_primary},
            "success": {"main": look.good},
            "error": {"main": look.bad},
            "warning": {"main": look.warning},
            "info": {"main": look.primary},
            "background": {"default": look.canvas, "paper": look.surface},
            "text": {"primary": look.text, "secondary": look.muted},
            "divider": look.line,
        },
        "typography": {"fontFamily": FONT, "fontSize": 13, "button": {"textTransform": "none"}},
        "shape": {"borderRadius": 6},
    }


def page_sx() -> dict[str, Any]:
    """What the frame of a page overrides: a dark bar in both modes and a canvas that cards stand out from."""
    return {
        "& .MuiAppBar-root": {
            "backgroundColor": LIGHT.bar,
            "backgroundImage": "none",
            "color": LIGHT.on_bar,
            "boxShadow": "none",
        },
        "&.mui-dark .MuiAppBar-root": {"backgroundColor": DARK.bar, "borderBottom": f"1px solid {DARK.line}"},
        "& main": {"backgroundColor": LIGHT.canvas},
        "&.mui-dark main": {"backgroundColor": DARK.canvas},
        "& .MuiAppBar-root .title": {"fontSize": "16px", "fontWeight": 600, "whiteSpace": "nowrap"},
        "& .MuiToolbar-root": {"minHeight": f"{BAR_HEIGHT}px", "margin": 0},
    }
