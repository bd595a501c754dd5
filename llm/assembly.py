"""Puts together what was found in a question: which measure is meant, by what it is grouped, and what is missing.

Invariant: what was named has a place in the query, or the asker is told what is missing; nothing is dropped silently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from llm.filters import Filters
from llm.mentions import Mention
from llm.ranking import Ranking
from llm.reading import Reading
from llm.semantic import FIELDS, METRICS, Calculation, Condition, SemanticQuery

_BY_WHAT = "Say by what to rank or count: by cost, by usage hours, by number of WorkSpaces, …"


@dataclass(slots=True)
class Assembly:
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
