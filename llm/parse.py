"""Reads a question without a model: every word that could change the meaning must be understood, or it gives up.

The rules are phrases of the field (`llm.words`), periods (`llm.periods`) and the values of the asker's mart
(`llm.values`). Invariant: a `Parsed` rests on every content word of the question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from llm.filters import Filters, read_filters
from llm.mentions import Mention, read_mentions, take_nouns
from llm.ranking import Ranking, read_ranking
from llm.reading import Reading
from llm.semantic import FIELDS, METRICS, Calculation, Condition, SemanticQuery
from llm.values import ValueIndex
from llm.words import EVENTS, MEASURES, SYNC_STATUSES, WORKSPACE


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
    question_parts = _Parts(
        filters, ranking, mentions, measures, verbs, calculation, window_months, reading, is_comparison
    )
    missing, query = question_parts.assembled(is_about_events=is_about_events)
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


@dataclass(slots=True)
class _Parts:
    """What was found in a question, to be put together."""

    filters: Filters
    ranking: Ranking
    mentions: list[Mention]
    measures: list[str]
    verbs: list[str]
    calculation: Calculation | None
    window_months: int
    reading: Reading
    is_comparison: bool

    def assembled(self, *, is_about_events: bool) -> tuple[str, SemanticQuery | None]:
        """Return what is missing, or the query."""
        self._group_by_bare_plurals()
        metric, missing = self._metric(is_about_events=is_about_events)
        missing = missing or self._unused(metric)
        if missing:
            return missing, None
        by = self._by(metric)
        query = SemanticQuery(metric=metric, by=by, calculation=self.calculation, window_months=self.window_months)
        query = self._filtered(query)
        query = self._ranked(query)
        return self._missing(query), self._timed(query) if not self._missing(query) else None

    def _group_by_bare_plurals(self) -> None:
        """`spend of the clients in June` means per client; `workspaces` are what all is about."""
        for number, mention in enumerate(self.mentions):
            if mention.role == "subject" and self._is_about_one() and mention.field != "workspace":
                self.mentions[number] = replace(mention, role="column")
            elif (
                mention.role == "subject" and mention.is_plural and mention.field not in ("workspace", "user", "state")
            ):
                self.mentions[number] = replace(mention, role="group")

    def _is_about_one(self) -> bool:
        """`the running mode of ws-…` asks for a value, not for a grouping."""
        is_named = any(c.field in ("workspace", "user") and c.operator == "=" for c in self.filters.where)
        return is_named and not (self.measures or self.filters.hinted or self.verbs)

    def _unused(self, metric: str) -> str:
        """A field that was named and has no place in the query makes it wrong; better to ask."""
        for mention in self.mentions:
            if mention.role == "subject" and mention.field not in ("workspace", "user"):
                return f"Say what to do with the {FIELDS[mention.field].title}: 'per …', 'list the …' or a value of it?"
        is_bare = not (self.filters.where or self.filters.periods or self.filters.thresholds or self.mentions)
        is_whole = self.reading.whole.startswith(("how", "what")) or "total" in self.reading.whole.split()
        if (
            is_bare
            and not self.ranking.limit
            and METRICS[metric].time
            and not is_whole
            and not self.calculation
            and metric != "last_sync"
        ):
            return f"Say for when, for whom or per what: '{METRICS[metric].title} per client last month'."
        return ""

    def _metric(self, *, is_about_events: bool) -> tuple[str, str]:
        measures = list(dict.fromkeys([*self.measures, *self.filters.hinted, *self.ranking.hinted]))
        counted = self._with_role("counted")
        if "usage_hours" in measures and "average_hours" in measures:
            measures.remove("usage_hours")
        if self.verbs and (is_about_events or self._is_event_verb()):
            if counted == "workspace":
                return "workspaces_touched", ""
            is_number = self.reading.whole.startswith(("how many", "number of", "count"))
            return ("event_count" if is_about_events or is_number else "events"), ""
        if self._single_column():
            return "workspaces", ""
        if self.verbs:
            created = self.verbs[0] == "CreateWorkspaces"
            if counted in ("workspace", None) and (counted or self._grains()):
                return ("workspaces_created" if created else "workspaces_terminated"), ""
            return "workspaces", ""
        numeric = [m for m in measures if m not in ("event_count",)] or measures
        if len(numeric) > 1:
            return "", f"Ask for one of these at a time: {' or '.join(m.replace('_', ' ') for m in numeric)}."
        is_each = numeric == ["cost"] and "workspace" in self._groups()
        if is_each and any(m.role == "asked" and m.field != "workspace" for m in self.mentions):
            return "cost_per_workspace", ""  # which bundle costs most per WorkSpace
        if numeric:
            return self._listed_or_counted(numeric[0]), ""
        if self.filters.is_recommendation:
            return ("recommendation_count" if counted else "recommendations"), ""
        if counted:
            counts = {
                "user": "user_count",
                "client": "client_count",
                "account": "account_count",
                "region": "region_count",
            }
            if counted == "actor":
                return "event_count", ""
            return (counts.get(counted, "workspace_count"), "") if counted in ("workspace", *counts) else ("", _BY_WHAT)
        if self.calculation and any(m.field == "workspace" for m in self.mentions):
            return "workspace_count", ""
        if self.ranking.direction:
            return "", _BY_WHAT
        names = [m.field for m in self.mentions]
        if not names and not self.filters.where and self.filters.idle_days is None:
            return "", "Say what to count, add up or list: WorkSpaces, cost, usage hours, events, …"
        asked = [m.field for m in self.mentions if m.role in ("asked", "column")]
        if asked and all(n in ("client", "account", "account_id") for n in names) and not self._needs_workspaces():
            return "accounts", ""
        if self._grains() or (not asked and "workspace" not in names and not self.filters.is_about_workspaces):
            return "", "Say what to count, add up or list by that: WorkSpaces, cost, usage hours, events, …"
        groups = [m for m in self.mentions if m.role == "group"]
        return ("workspace_count" if groups and not asked else "workspaces"), ""

    def _single_column(self) -> str:
        """`When was ws-… created`: the field whose value is asked for."""
        is_of_one = any(c.field in ("workspace", "user") for c in self.filters.where)
        if not (self.reading.whole.startswith("when") and is_of_one and self.verbs):
            return ""
        return {"CreateWorkspaces": "created", "TerminateWorkspaces": "terminated"}.get(self.verbs[0], "")

    def _listed_or_counted(self, measure: str) -> str:
        if measure == "event_count" and self._with_role("counted") != "event" and self._wants_rows():
            return "events"
        if measure == "sync_count" and self.reading.whole.startswith("when"):
            return "last_sync"
        return measure

    def _wants_rows(self) -> bool:
        starts = ("list", "show", "display", "which events", "what events", "what did", "what has", "give")
        return self.reading.whole.startswith(starts) and not self._groups() and not self.ranking.direction

    def _is_event_verb(self) -> bool:
        return any(v not in ("CreateWorkspaces", "TerminateWorkspaces") for v in self.verbs)

    def _needs_workspaces(self) -> bool:
        own = ("client", "account", "account_id")
        return self.filters.idle_days is not None or any(c.field not in own for c in self.filters.where)

    def _with_role(self, role: str) -> str | None:
        return next((m.field for m in self.mentions if m.role == role), None)

    def _groups(self) -> list[str]:
        return [m.field for m in self.mentions if m.role == "group"]

    def _grains(self) -> bool:
        return any(m.field in ("day", "month", "quarter", "year") for m in self.mentions)

    def _by(self, metric: str) -> tuple[str, ...]:
        if self._single_column():
            return ("workspace", self._single_column())
        roles = ("group", "asked", "column")
        names = [m.field for m in self.mentions if m.role in roles]
        is_list = metric in ("workspaces", "accounts", "events", "recommendations")
        if metric in ("workspaces_touched", "workspace_count", "workspaces_created", "workspaces_terminated"):
            names = [n for n in names if n != "workspace"]
        if metric == "cost_per_workspace" or metric == "hours_per_workspace":
            names = [n for n in names if n != "workspace"]
        if metric in ("event_count", "events") and self.verbs and self.reading.find(r"who") and "actor" not in names:
            names.insert(0, "actor")
        if metric == "event_count" and self.reading.find(r"who") and "actor" not in names:
            names.insert(0, "actor")
        if not names and self.filters.thresholds and not is_list and not self._with_role("counted"):
            names = ["workspace"] if any(m.field == "workspace" for m in self.mentions) else names
        if not names and is_list:
            names = {
                "accounts": ["account"],
                "events": ["event_time", "event", "workspace", "actor"],
                "workspaces": ["workspace"],
                "recommendations": ["workspace"],
            }[metric]
        if metric == "workspaces" and "workspace" in names and len(set(names)) > 1 and self._is_only_subject():
            names = [n for n in names if n != "workspace"]
        if self.calculation in ("running total", "moving average") and not self._grains():
            names.insert(0, "month")
        if not names and not is_list and self.ranking.is_superlative:
            names = ["workspace"] if any(m.field == "workspace" for m in self.mentions) else names
        if self.is_comparison and not self._grains() and len(self.filters.periods) == 1:
            names += ["month"] if not self.filters.periods[0].is_one_month else []
        if not is_list and not re.search(r"\b(?:total|combined|together|overall|or)\b", self.reading.whole):
            # "for Acme and Globex" wants both, side by side.
            names += [
                c.field for c in self.filters.where if c.operator == "=" and len(c.values) > 1 and self._is_named(c)
            ]
        is_trend = self.calculation in ("change", "change %") and len(self.filters.periods) < 2
        has_ends = bool(self.filters.periods) and (
            self.filters.periods[0].is_one_month or self.filters.periods[0].is_from_to
        )
        if is_trend and not self._grains() and not has_ends:
            names.insert(0, "month")
        return tuple(dict.fromkeys(names))

    def _is_named(self, condition: Condition) -> bool:
        """All its values were named, not found by a short name that several share."""
        return all(v.lower() in self.reading.whole.replace("-", " ").replace("_", " ") or condition.field != "client"
                   for v in condition.values)  # fmt: skip

    def _is_only_subject(self) -> bool:
        """`workspaces` is what is asked of, not a column: List the users of all workspaces."""
        return not any(m.field == "workspace" and m.role in ("asked", "column", "group") for m in self.mentions)

    def _filtered(self, query: SemanticQuery) -> SemanticQuery:
        where = list(self.filters.where)
        if self.verbs and query.metric in ("event_count", "events", "workspaces_touched"):
            where.append(Condition(field="event", values=tuple(self.verbs)))
        if self.verbs and query.metric == "workspaces" and self.filters.periods:
            field = "created" if self.verbs[0] == "CreateWorkspaces" else "terminated"
            period = self.filters.periods[0]
            where += [
                Condition(field=field, operator=">=", values=(period.start.isoformat(),)),
                Condition(field=field, operator="<", values=(period.end.isoformat(),)),
            ]
        if query.metric in ("event_count", "events", "workspaces_touched"):
            # Who acts is a person of the audit trail, whose name stands inside an identity.
            where = [replace(c, field="actor", operator="contains") if c.field == "user" else c for c in where]
        is_count = bool(self.filters.thresholds) and query.by == () and self._with_role("counted") is not None
        by = (str(self._with_role("counted")),) if is_count else query.by
        return replace(
            query, by=by, where=tuple(where), thresholds=tuple(self.filters.thresholds), is_count_of_groups=is_count,
            is_row_per_workspace=query.metric == "workspaces" and any(m.field == "workspace" for m in self.mentions),
            with_terminated=self.filters.with_terminated, idle_days=self.filters.idle_days,
        )  # fmt: skip

    def _ranked(self, query: SemanticQuery) -> SemanticQuery:
        order, limit = self.ranking.direction, self.ranking.limit
        asked = [m for m in self.mentions if m.role == "asked"]
        groups = [g for g in self._groups() if g in query.by]
        if self.ranking.is_superlative and limit is None:
            is_one = not asked or not asked[0].is_plural
            is_of_all = self.reading.find("each|all|every") is not None and not (
                asked and groups and groups[0] != asked[0].field
            )
            limit = 1 if is_one and not is_of_all else None
            if limit is None and asked and asked[0].field in ("workspace", "user"):
                limit = 10
        within = ""
        if limit and asked and groups and groups[0] != asked[0].field and groups[0] not in ("workspace",):
            within = groups[0]
        return replace(query, order=order, limit=limit, limit_within=within)

    def _timed(self, query: SemanticQuery) -> SemanticQuery:
        periods = self.filters.periods
        if query.metric == "workspaces" and self.verbs:
            return query
        if not periods:
            return query
        if len(periods) == 1:
            if query.calculation in ("change", "change %") and "month" not in query.by:
                if periods[0].is_from_to:
                    return replace(query, before=periods[0].first_month(), period=periods[0].last_month())
                return replace(query, before=periods[0].previous(), period=periods[0])
            return replace(query, period=periods[0])
        first, second = sorted(periods, key=lambda p: p.start)
        if query.calculation in ("change", "change %"):
            return replace(query, before=first, period=second)
        grain = "month" if first.is_one_month else "quarter" if first.label.startswith("Q") else "year"
        by = query.by if grain in query.by else (*query.by, grain)
        return replace(query, by=by, before=first, period=second)

    def _missing(self, query: SemanticQuery) -> str:
        periods = self.filters.periods
        if len(periods) > 2:
            return "Name at most two periods."
        if self.ranking.direction and not query.by and METRICS[query.metric].expression:
            return _BY_WHAT
        if len(periods) == 2 and not METRICS[query.metric].time:
            return "Name one period."
        if query.metric == "workspaces_touched" and query.calculation:
            return "Ask for the number of events by month instead."
        return ""


_MEANS = {"cost": "cost_per_workspace", "usage_hours": "average_hours"}
_BY_WHAT = "Say by what to rank or count: by cost, by usage hours, by number of WorkSpaces, …"
