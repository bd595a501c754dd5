"""Contrast as WCAG 2.2 defines it."""

from __future__ import annotations

import pytest

from app.theme.palette import DARK, LIGHT, RUNNING_MODES, Look, look_of


def luminance(colour: str) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_has_the_largest_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("colour", ["text", "muted", "primary", "good", "warning", "bad"])
@pytest.mark.parametrize("ground", ["surface", "canvas"])
def test_text_can_be_read(look: Look, colour: str, ground: str) -> None:
    assert contrast(getattr(look, colour), getattr(look, ground)) >= 4.5


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_what_stands_on_buttons_and_the_bar_can_be_read(look: Look) -> None:
    assert contrast(look.on_primary, look.primary) >= 4.5
    assert contrast(look.on_bar, look.bar) >= 4.5


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_marks_of_charts_stand_out(look: Look) -> None:
    assert min(contrast(colour, look.surface) for colour in (*look.series, look.rest)) >= 3


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=["light", "dark"])
def test_no_two_categories_look_alike(look: Look) -> None:
    assert len({*look.series, look.rest}) == len(look.series) + 1
    assert max(RUNNING_MODES.values()) < len(look.series)


def test_a_page_is_light_or_dark() -> None:
    assert look_of(is_dark=True) is DARK
    assert look_of(is_dark=False) is LIGHT
