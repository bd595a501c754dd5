"""Reads a question without a model: every word that could change the meaning must be understood, or it gives up.

The rules are phrases of the field (`llm.words`), periods (`llm.periods`) and the values of the asker's mart
(`llm.values`). Invariant: a `Parsed` rests on every content word of the question.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from llm.assembly import Assembly
from llm.filters import Filters, read_filters
from llm.mentions import Mention, read_mentions, take_nouns
from llm.ranking import Ranking, read_ranking
from llm.reading import Reading
from llm.semantic import Calculation, SemanticQuery
from llm.values import ValueIndex
from llm.words import EVENTS, MEASURES, SYNC_STATUSES, WORKSPACE

_MEANS = {"cost": "cost_per_workspace", "usage_hours": "average_hours"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A question that was understood in full."""

    query: SemanticQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """A question that was not. `words` were not understood; `missing` says what is lacking, for the asker."""

    words: tuple[str, ...] = ()
    missing: str = ""
    partial: SemanticQuery  #: what was understood anyway; its metric is empty
    has_measure: bool = False  #: what to count or add up was understood, so the words are some condition


def parse(question: str, index: ValueIndex, today: date) -> Parsed | Unclear:
    """Return the semantic query of `question`, or why there is none."""
    reading = Reading(question)
    is_about_syncs = reading.find(r"sync\w*|pipeline\s+runs?|records?\s+(?:processed|synced)") is not None
    is_about_events = (
        reading.find(r"who|by\s+whom|whom|events?|api\s+calls?|times|often|actors?|cloudtrail") is not None
    )
    filters = read_filters(reading, index, today, is_about_syncs=is_about_syncs)
    if reading.take(r"(?:the\s+)?(?:month|quarter|year)\s+before(?:\s+(?:that|it))?") and len(filters.periods) == 1:
        filters.periods.append(filters.periods[0].previous())
    is_why = reading.take(
        r"why|(?:for\s+)?what\s+reasons?|what\s+(?:drove|drives|caused|explains)|reasons?(?:\s+for)?|drivers?(?:\s+of)?"
    )
    calculation, window_months = _calculation(reading)
    if filters.is_change:
        calculation = "change"
    ranking = read_ranking(reading)
    verbs = [] if is_about_syncs else _verbs(reading, filters, is_about_events=is_about_events)
    if is_about_syncs:
        _sync_statuses(reading, filters)
    before_nouns = reading.text
    nouns = take_nouns(reading, compound=True)
    measures = _measures(reading, filters.hinted)
    is_about_events = bool(verbs and is_about_events) or "event_count" in measures
    nouns += take_nouns(reading, compound=False, is_about_events=is_about_events)
    mentions = read_mentions(reading, nouns, before_nouns, is_about_events=is_about_events)
    if is_about_syncs:
        mentions = [replace(m, field="sync_status") if m.field == "state" else m for m in mentions]
    is_comparison = reading.take(r"compar(?:e|ed|ing|ison)(?:\s+(?:to|with|of))?|versus|vs|against") is not None
    filters.finish(reading, has_period_verb=bool(verbs))
    partial = _partial(filters, ranking, calculation, window_months)
    left = reading.left()
    if left:
        by = tuple(dict.fromkeys(m.field for m in mentions if m.role in ("group", "asked")))
        has_measure = bool(measures or verbs or filters.hinted) or any(m.role == "counted" for m in mentions)
        return Unclear(words=tuple(left), partial=replace(partial, by=by), has_measure=has_measure)
    if is_why and measures in ([], ["cost"]) and calculation:
        measures, calculation = ["cost_change_drivers"], None
        mentions.append(Mention(field="driver", role="group", position=len(reading.text)))
    elif is_why:
        return Unclear(missing="Ask why a cost changed in a month; other reasons are not in the data.", partial=partial)
    parts = Assembly(filters, ranking, mentions, measures, verbs, calculation, window_months, reading, is_comparison)
    missing, query = parts.assembled(is_about_events=is_about_events)
    return Parsed(query=query) if query else Unclear(missing=missing, partial=partial)


def _partial(filters: Filters, ranking: Ranking, calculation: Calculation | None, window_months: int) -> SemanticQuery:
    limit = ranking.limit or (1 if ranking.is_superlative else None)
    return SemanticQuery(
        metric="", where=tuple(filters.where), period=filters.periods[0] if filters.periods else None,
        thresholds=tuple(filters.thresholds), order=ranking.direction, limit=limit, calculation=calculation,
        window_months=window_months, idle_days=filters.idle_days, with_terminated=filters.with_terminated,
    )  # fmt: skip


def _calculation(reading: Reading) -> tuple[Calculation | None, int]:
    if reading.take(r"(?:running|cumulative|accumulated)\s+(?:totals?|sums?)(?:\s+of)?|cumulative(?:ly)?"):
        return "running total", 3
    moving = reading.take(
        r"(?:(\d+|three|six|two|twelve)[\s-]months?\s+)?(?:moving|rolling)\s+(?:average|mean)(?:\s+of)?"
        r"(?:\s+over\s+(\d+)\s+months?)?"
    )
    if moving:
        words = {"two": 2, "three": 3, "six": 6, "twelve": 12}
        count = moving[1] or moving[2] or "3"
        return "moving average", words.get(count) or int(count)
    if reading.take(
        r"shares?(?:\s+of)?|percentages?(?:\s+of)?|percent(?:\s+of)?|proportions?(?:\s+of)?|fractions?(?:\s+of)?|portions?(?:\s+of)?|%\s+of"
    ):
        return "share", 3
    percent = reading.take(
        r"(?:percentage|percent|relative|%)\s+(?:change|difference|increase|decrease|growth)|by\s+what\s+percent\w*"
        r"|growth(?:\s+rate)?|grow|grew|grown"
    )
    change = (
        r"(?:month[\s-](?:over|on|to|by)[\s-]month\s+)?(?:changes?|changed|differences?|increases?|increased|decreases?"
        r"|decreased|rise|rose|risen|drop|dropped|fall|fell|vary|varied|variance|(?:go|went|gone)\s+(?:up|down))"
        r"(?:\s+in)?|month[\s-](?:over|on)[\s-]month"
    )
    if percent:
        reading.take(change)
        return "change %", 3
    return ("change", 3) if reading.take(change) else (None, 3)


def _verbs(reading: Reading, filters: Filters, *, is_about_events: bool) -> list[str]:
    """Events named by a verb: only where someone did it, or when; otherwise `stopped` is a state."""
    if not (is_about_events or filters.periods or reading.find(r"per|by|each|monthly|when|recently")):
        return []
    found: list[str] = []
    for pattern, event in EVENTS:
        is_plain_state = event in ("StopWorkspaces", "StartWorkspaces") and not is_about_events
        if is_plain_state and not reading.find(rf"(?:were|was|got|been)\s+(?:{pattern})"):
            continue
        if reading.take(pattern) is not None:
            found.append(event)
    if not found and not is_about_events and reading.take(rf"new(?:ly)?(?=\s+(?:{WORKSPACE}))"):
        found.append("CreateWorkspaces")
    return found


def _sync_statuses(reading: Reading, filters: Filters) -> None:
    for pattern, status in SYNC_STATUSES:
        if reading.take(pattern):
            filters.add("sync_status", "=", status)


def _measures(reading: Reading, hinted: list[str]) -> list[str]:
    found: list[str] = []
    for pattern, measure in MEASURES:
        while reading.take(pattern):
            if measure not in found:
                found.append(measure)
    # `hours used`, `records synced`: the verb adds nothing to the measure.
    if "usage_hours" in (*found, *hinted) or "average_hours" in found:
        reading.take(r"used|use|using|usage")
    if len(found) == 1 and found[0] in _MEANS and reading.find(r"average|avg|mean"):
        is_monthly = found[0] == "cost" and reading.find(r"(?:per|a|each|every)\s+month|monthly") is not None
        reading.take(r"(?:on\s+)?(?:average|avg|mean)(?:ly)?")
        reading.take(r"(?:per|a|each|every)\s+month|monthly" if is_monthly else r"\x00")
        found = ["average_monthly_cost" if is_monthly else _MEANS[found[0]]]
    if "records_processed" in found:
        reading.take(r"synced|sync")
        found = [m for m in found if m != "sync_count"]
    return found
