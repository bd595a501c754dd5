"""The key figures of the overview: one strip of HTML, each figure with its definition."""

from __future__ import annotations

from dataclasses import dataclass

from app.data.overview import Totals
from app.theme import formats


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigure:
    """One figure: what it says, and what it means when asked."""

    label: str
    value: str
    note: str
    meaning: str
    unit: str = ""
    exact: str = ""  #: the figure in full, where `value` is shortened
    tone: str = ""  #: good, warning, bad or nothing: colour of the note


def key_figures(totals: Totals) -> list[KeyFigure]:
    """The six figures of the overview."""
    currency, last, this = totals.currency, formats.month(totals.last_month), formats.month(totals.this_month)
    health = [f"{formats.count(totals.connected_workspaces)} connected"]
    if totals.unhealthy_workspaces:
        health.append(f"{formats.count(totals.unhealthy_workspaces)} unhealthy")
    change = totals.cost_change
    estimated = " AWS has not closed that bill yet." if totals.is_last_month_estimated else ""
    left_out = f" Fees in {', '.join(totals.other_currencies)} are left out." if totals.other_currencies else ""
    return [
        KeyFigure(
            label="WorkSpaces",
            value=formats.count(totals.workspaces),
            note=" · ".join(health),
            tone="warning" if totals.unhealthy_workspaces else "",
            meaning=f"WorkSpaces that exist now, in {totals.accounts} accounts of {totals.clients} clients. Terminated "
            "ones are not counted.",
        ),
        KeyFigure(
            label=f"Cost in {this}",
            value=formats.short_money(totals.this_month_cost, currency),
            exact=formats.money(totals.this_month_cost, currency),
            note="so far, estimated by AWS",
            meaning="What AWS has charged for the running month so far; monthly fees come at its start." + left_out,
        ),
        KeyFigure(
            label=f"Cost in {last}",
            value=formats.short_money(totals.last_month_cost, currency),
            exact=formats.money(totals.last_month_cost, currency),
            note=f"{formats.percent_change(totals.last_month_cost, totals.month_before_cost)} against the month before",
            tone="" if change == 0 else "warning" if change > 0 else "good",
            meaning=f"The bill of the last complete month; it changed by {formats.money(change, currency)} against the "
            f"month before.{estimated}{left_out}",
        ),
        KeyFigure(
            label=f"Hours in {last}",
            value=formats.count(round(totals.last_month_hours)),
            unit="h",
            note="all WorkSpaces together",
            meaning="Hours in which somebody was connected: billed hours where the bill states them, else CloudWatch's "
            "connected time.",
        ),
        KeyFigure(
            label="Unused",
            value=formats.count(totals.unused_workspaces),
            note=f"{formats.short_money(totals.unused_last_month_cost, currency)} in {last}",
            tone="warning" if totals.unused_workspaces else "good",
            exact=formats.money(totals.unused_last_month_cost, currency),
            meaning="WorkSpaces older than 30 days that nobody has connected to for 30 days, or ever, and what they "
            "cost in the last complete month.",
        ),
        KeyFigure(
            label="Savings found",
            value=formats.short_money(totals.mode_saving_usd),
            unit="/ month",
            exact=formats.money(totals.mode_saving_usd),
            note=f"{formats.count(totals.mode_changes)} changes of running mode",
            tone="good" if totals.mode_changes else "",
            meaning="What the other running mode would have cost less, by list price and the hours of the last three "
            "complete months, mean per month.",
        ),
    ]
