"""What a question keeps: values it names, periods, thresholds, how long unused. Takes those phrases out of the reading."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from llm.periods import Period, find_periods
from llm.reading import Reading
from llm.semantic import Condition, Operator, Threshold
from llm.values import ValueIndex
from llm.words import (
    COMPUTE_TYPES,
    COST,
    DIMENSIONS,
    FEE_CLASSES,
    HOURS,
    REGION_PLACES,
    RUNNING_MODES,
    STATES,
    WORKSPACE,
)

UNUSED_DAYS = 30
"""Days without a connection after which the field calls a WorkSpace unused, as v_unused does."""

_BEFORE_VALUE = r"(?:not\s+in|not|except(?:\s+for)?|excluding|without|other\s+than|outside(?:\s+of)?|besides|but\s+not)"
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_SPAN = r"(?P<count>\d{1,4}|a|one|two|three|six)\s+(?P<unit>day|week|month|year)s?"
_WORDS = {"a": 1, "one": 1, "two": 2, "three": 3, "six": 6}
_CONNECT = (
    r"(?:used|connected(?:\s+to)?|accessed|active|touched|logged\s+(?:in|on)(?:\s*to)?|logged\s+into|signed\s+in(?:\s*to)?"
    r"|opened|log\s+(?:in|on)|connect|seen|been\s+used)"
)
_OPERATORS: tuple[tuple[str, Operator], ...] = (
    (r"(?:not\s+more\s+than|no\s+more\s+than|at\s+most|up\s+to|maximum\s+of)", "<="),
    (r"(?:not\s+less\s+than|no\s+less\s+than|at\s+least|minimum\s+of)", ">="),
    (r"(?:more\s+than|over|above|exceed(?:s|ed|ing)?|greater\s+than|higher\s+than|larger\s+than|>)", ">"),
    (r"(?:less\s+than|fewer\s+than|under|below|lower\s+than|smaller\s+than|<)", "<"),
    (r"(?:exactly|equal\s+to)", "="),
)
_NUMBER = r"(?P<dollar>(?:us)?\$|usd\s*)?\s*(?P<number>\d+(?:\.\d+)?|one|two|three|six)(?P<k>k)?"
_UNITS: tuple[tuple[str, str], ...] = (
    (r"dollars?|usd|\$|bucks", "cost"),
    (rf"hours?(?:\s+of\s+(?:use|usage))?|hrs?|h|{HOURS}", "usage_hours"),
    (WORKSPACE, "workspace_count"),
    (r"users?|people", "user_count"),
    (r"events?|times?", "event_count"),
    (rf"(?:in\s+|of\s+)?{COST}", "cost"),
)
_NOT_FREE = ("service", "fee_class", "currency", "sync_type", "sync_status", "state", "account_id")
"""Fields whose values are also plain words: taken only next to the field's own noun, or by rules of their own."""


@dataclass(slots=True)
class Filters:
    """The filters found so far. `hinted` are measures that a unit gave away: more than 100 *dollars*."""

    index: ValueIndex
    where: list[Condition] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    thresholds: list[Threshold] = field(default_factory=list)
    hinted: list[str] = field(default_factory=list)
    idle_days: int | None = None
    with_terminated: bool = False
    is_recommendation: bool = False
    is_change: bool = False  #: two periods are compared: more in June than in May
    is_about_workspaces: bool = False  #: a filter that only WorkSpaces have was named

    def add(self, name: str, operator: Operator, *values: str) -> None:
        """Add a condition; two values of one field mean either."""
        for number, known in enumerate(self.where):
            is_same = known.field == name and known.operator == operator and operator in ("=", "!=", "contains")
            if is_same and values:
                both = tuple(dict.fromkeys((*known.values, *values)))
                self.where[number] = Condition(field=name, operator=operator, values=both)
                return
        self.where.append(Condition(field=name, operator=operator, values=values))

    def finish(self, reading: Reading, *, has_period_verb: bool) -> None:
        """Take the words that are a state unless something else claimed them before."""
        if not has_period_verb or reading.find("states?"):
            for pattern, state in STATES:
                self._take_state(reading, pattern, state)

    def _take_state(self, reading: Reading, pattern: str, state: str) -> None:
        found = reading.take(rf"(?P<not>{_BEFORE_VALUE}\s+)?(?:in\s+(?:an?\s+|the\s+)?)?(?:{pattern})(?:\s+states?)?")
        if found:
            self.add("state", "!=" if found["not"] else "=", state)
            self.is_about_workspaces = True


def read_filters(reading: Reading, index: ValueIndex, today: date, *, is_about_syncs: bool) -> Filters:
    """Take all filters out of `reading`."""
    filters = Filters(index)
    _terminated_too(reading, filters)
    _recommendations(reading, filters)
    _ids(reading, filters)
    _values(reading, filters, is_about_syncs=is_about_syncs)
    _idle(reading, filters, today)
    _age(reading, filters, today)
    for start, end, period in find_periods(reading.text, today):
        filters.periods.append(period)
        reading.blank(start, end)
    than = reading.take(r"(?P<word>more|less)\s+(?:in\s+)?\x00+\s+than\s+(?:in\s+)?(?=\x00)")
    if than and len(filters.periods) == 2:
        is_later_first = filters.periods[0].start > filters.periods[1].start
        filters.thresholds.append(
            Threshold(operator=">" if (than["word"] == "more") == is_later_first else "<", number=Decimal(0))
        )
        filters.is_change = True
    _no_usage(reading, filters)
    _thresholds(reading, filters)
    return filters


def _terminated_too(reading: Reading, filters: Filters) -> None:
    also = r"(?:including|include|with|counting|and\s+also|and)\s+(?:the\s+)?(?:terminated|deleted)(?:\s+ones)?|ever\s+existed|of\s+all\s+time"
    if reading.take(also) or reading.take(r"(?:alive\s+(?:and|or)\s+(?:gone|terminated|dead))"):
        filters.with_terminated = True
    if reading.take(
        r"alive|(?:still\s+)?existing|live|non-?terminated|(?:not|that\s+are\s+not)\s+(?:yet\s+)?terminated"
    ):
        filters.add("state", "!=", "TERMINATED")
    if reading.take(rf"(?:{_BEFORE_VALUE})\s+(?:any\s+|the\s+|all\s+)?credits?"):
        filters.add("credit", "!=")
    elif reading.take(r"credits?"):
        filters.add("credit", "=")
        filters.hinted.append("cost")


def _recommendations(reading: Reading, filters: Filters) -> None:
    wish = r"(?:should|could|ought\s+to|would)\s+(?:be\s+)?(?:better\s+)?(?:chang\w*|switch\w*|mov\w*|convert\w*)"
    to_mode = r"(?:\s+(?:their\s+|the\s+|its\s+)?(?:running[\s-]?mode|mode))?"
    if reading.take(rf"{wish}{to_mode}|(?:running[\s-]?mode\s+)?recommendations?(?:\s+for\s+(?:the\s+)?running[\s-]?modes?)?"
                    r"|(?:in\s+the\s+|on\s+the\s+)?wrong\s+(?:running\s+)?mode"):  # fmt: skip
        filters.is_recommendation = True
        for pattern, mode in RUNNING_MODES:
            if reading.take(rf"to\s+(?:be\s+)?(?:{pattern})(?:\s+mode)?"):
                filters.add("recommended_mode", "=", mode)
    change = r"(?:chang|switch|optimi[sz]|adjust|convert)\w*"
    if reading.take(rf"(?:(?:by|from|with|through|if\s+we)\s+)?{change}\s+(?:(?:the|their|our|its|to)\s+)*(?:other\s+|right\s+|better\s+)?"
                    r"(?:running[\s-]?)?modes?") and reading.find(r"sav\w+"):  # fmt: skip
        filters.hinted.append("saving")


def _ids(reading: Reading, filters: Filters) -> None:
    while found := reading.take(r"(?:workspace\s+)?(ws-[0-9a-z]{4,63})"):
        filters.add("workspace", "=", found[1])
    while found := reading.take(r"(?:director(?:y|ies)\s+)?(d-[0-9a-z]{6,20})"):
        filters.add("directory", "=", found[1])
    while found := reading.take(r"(?:bundle\s+)?(wsb-[0-9a-z]{4,20})"):
        filters.add("bundle", "=", found[1])
    while found := reading.take(r"(?:account\s+(?:id\s+|number\s+)?)?(\d{12})"):
        filters.add("account_id", "=", found[1])
    # Regions of AWS are public names; one that the mart does not use gives an honest zero.
    while found := reading.take(
        rf"(?P<not>{_BEFORE_VALUE}\s+)?(?:region\s+)?(?P<region>[a-z]{{2}}(?:-gov)?-(?:north|south|east|west|central)\w*-\d)(?:\s+region)?"
    ):
        filters.add("region", "!=" if found["not"] else "=", found["region"])
        filters.is_about_workspaces = True
    name = r"([a-z][\w.+-]*[._@\d][\w.@+-]*|[a-z]\w*-\w[\w-]*)"
    while found := reading.take(rf"(?:user(?:name)?|owner|person|employee)\s+(?:called\s+|named\s+|name\s+)?{name}"):
        filters.add("user", "=", found[1])
    while found := reading.take(
        r"(?:whose\s+)?(?:user\s*)?names?\s+(?:contains?|containing|includes?|like|has|with)\s+(\S+)"
    ):
        filters.add("user", "contains", found[1])
    if found := reading.take(r"what\s+(?:did|has|was)\s+([\w.@+-]+)\s+(?:do|done|doing)"):
        filters.add("actor", "contains", found[1])
        filters.hinted.append("event_count")
    while found := reading.take(r"(?:by|for|of|from|did|does|to|has)\s+([a-z][\w+-]*\.[a-z][\w.+-]*(?:@[\w.-]+)?)"):
        filters.add("user", "=", found[1])


def _values(reading: Reading, filters: Filters, *, is_about_syncs: bool) -> None:
    nouns: dict[str, str] = {}
    for pattern, name in DIMENSIONS:
        nouns.setdefault(name, pattern)
    for spelled, name, value in filters.index.spellings:
        noun = nouns.get(name, name)
        found = reading.find(spelled)
        while found is not None:
            start, end = found.span()
            ahead = re.search(rf"(?:^|\s)(?:{noun})\s+(?:called\s+|named\s+|is\s+|=\s*|of\s+)?$", reading.text[:start])
            behind = re.match(rf"\s+(?:{noun})(?!\w)", reading.text[end:])
            other = re.search(r"(?:^|\s)(clients?|accounts?|customers?)\s+$", reading.text[:start])
            is_other = bool(other) and not ahead and name in ("client", "account")
            if (name in _NOT_FREE and not (ahead or behind)) or is_other:
                if name == "sync_type" and is_about_syncs:
                    ahead = None
                else:
                    break
            start = ahead.start() if ahead else start
            end += behind.end() if behind and name not in ("client", "account") else 0
            _take_value(reading, filters, name, start, end, value)
            found = reading.find(spelled)
    for word, clients in filters.index.short_names.items():
        found = reading.find(rf"(?:clients?\s+|customers?\s+)?{re.escape(word)}")
        if found:
            _take_value(reading, filters, "client", found.start(), found.end(), *clients)
    for table, name in ((RUNNING_MODES, "running_mode"), (COMPUTE_TYPES, "compute_type"), (REGION_PLACES, "region")):
        for spelling, value in table:
            tail = {"running_mode": r"(?:\s+modes?)?", "compute_type": r"(?:\s+(?:bundles?|types?))?"}.get(name, "")
            while place := reading.find(rf"(?:{spelling}){tail}"):
                _take_value(reading, filters, name, place.start(), place.end(), value)
    if reading.find(COST):
        for spelling, value in FEE_CLASSES:
            if reading.take(rf"(?:{spelling})"):
                filters.add("fee_class", "=", value)


def _take_value(reading: Reading, filters: Filters, name: str, start: int, end: int, *values: str) -> None:
    refused = re.search(rf"(?:^|\s)({_BEFORE_VALUE})\s+(?:the\s+|in\s+|from\s+|for\s+)?$", reading.text[:start])
    reading.blank(refused.start(1) if refused else start, end)
    filters.add(name, "!=" if refused else "=", *values)
    if name not in ("client", "account", "account_id"):
        filters.is_about_workspaces = True


def _idle(reading: Reading, filters: Filters, today: date) -> None:
    aux = r"(?:(?:has|have|had|was|were|is|are|did|do|does)\s+)?"
    never = (
        rf"{aux}never\s+(?:been\s+)?{_CONNECT}|{aux}not\s+(?:ever|yet)\s+(?:been\s+)?{_CONNECT}|{aux}never\s+been\s+{_CONNECT}"
        r"|never[\s-](?:used|connected)|without\s+any\s+(?:connection|login)|no\s+(?:last\s+)?(?:connection|login)\s+(?:ever|at\s+all)"
    )
    if reading.take(never):
        filters.add("last_connected", "not set")
        filters.is_about_workspaces = True
        return
    lead = r"(?:in|for|within|over|during|since)?\s*(?:the\s+)?(?:last|past)?\s*(?:more\s+than|over|at\s+least|longer\s+than)?\s*"
    not_used = rf"(?:{aux}(?:not|no\s+longer)\s+(?:been\s+)?{_CONNECT}|(?:nobody|no\s+one|no\s+user)\s+{aux}{_CONNECT})"
    not_used += r"|(?:been\s+)?(?:idle|inactive|unused|dormant|stale)|(?:had\s+|have\s+|with\s+)?(?:no|without(?:\s+any)?)\s+(?:logins?|connections?|activity)"
    span = reading.take(rf"(?:{not_used})\s+{lead}{_SPAN}") or reading.take(
        rf"(?:{_SPAN})\s+(?:of\s+)?(?:idle|inactive|unused|inactivity)"
    )
    ago = span or reading.take(rf"last\s+{_CONNECT}\s+(?:more\s+than|over|at\s+least)\s+{_SPAN}\s+ago")
    if ago:
        filters.idle_days = (_WORDS.get(ago["count"]) or int(ago["count"])) * _DAYS[ago["unit"]]
        filters.is_about_workspaces = True
        return
    _idle_since(reading, filters, today, not_used, aux)


def _age(reading: Reading, filters: Filters, today: date) -> None:
    for words, operator in (
        (r"older\s+than|created\s+(?:more\s+than|over)|over", "<"),
        (r"newer\s+than|younger\s+than", ">="),
    ):
        tail = r"\s+old" if words.endswith("|over") else ""
        found = reading.take(rf"(?:{words.removesuffix('|over')})\s+{_SPAN}(?:\s+(?:ago|old))?") or (
            reading.take(rf"(?:over|more\s+than)\s+{_SPAN}{tail}") if tail else None
        )
        if found:
            days = (_WORDS.get(found["count"]) or int(found["count"])) * _DAYS[found["unit"]]
            filters.add("created", "<" if operator == "<" else ">=", (today - timedelta(days=days)).isoformat())
            filters.add("state", "!=", "TERMINATED")
            filters.is_about_workspaces = True


def _idle_since(reading: Reading, filters: Filters, today: date, not_used: str, aux: str) -> None:
    since = reading.find(rf"(?:{not_used})\s+since(?=\s)")
    if since:
        for start, end, period in find_periods(reading.text, today):
            if start <= since.end() + 1 <= end:
                reading.blank(since.start(), end)
                filters.idle_days = (today - period.start).days
                filters.is_about_workspaces = True
                return
    if reading.take(r"unused|idle|inactive|dormant|not\s+(?:being\s+)?(?:in\s+use|used)(?=\s*$)"):
        filters.idle_days = UNUSED_DAYS
        filters.is_about_workspaces = True
        return
    used = reading.find(rf"(?:{aux}(?:been\s+)?{_CONNECT})(?:\s+(?:in|within|during|over|since))?(?=\s)")
    if used and not reading.find(HOURS):
        for start, end, period in find_periods(reading.text, today):
            if start <= used.end() + 1 <= end:
                reading.blank(used.start(), end)
                filters.add("last_connected", ">=", period.start.isoformat())
                filters.is_about_workspaces = True
                return


def _no_usage(reading: Reading, filters: Filters) -> None:
    none = rf"(?:had|have|has|having|with)?\s*(?:no|zero|0)\s+(?:{HOURS}|use)|(?:was|were)\s+not\s+used(?:\s+at\s+all)?|not\s+used"
    if filters.idle_days is None and reading.take(none):
        filters.thresholds.append(Threshold(operator="<=", number=Decimal(0)))
        filters.hinted.append("usage_hours")


def _thresholds(reading: Reading, filters: Filters) -> None:
    units = "|".join(f"(?P<unit{n}>{pattern})" for n, (pattern, _) in enumerate(_UNITS))
    between = reading.take(
        rf"between\s+\$?(?P<low>\d+(?:\.\d+)?)\s+(?:dollars\s+|hours\s+)?and\s+(?P<dollar>\$)?(?P<high>\d+(?:\.\d+)?)"
        rf"(?:\s+(?:{units}))?"
    )
    if between:
        filters.thresholds += [
            Threshold(operator=">=", number=Decimal(between["low"])),
            Threshold(operator="<=", number=Decimal(between["high"])),
        ]
        _hint(filters, between)
    for pattern, operator in _OPERATORS:
        while found := reading.take(rf"{pattern}\s+{_NUMBER}(?:\s*(?:{units}))?"):
            _threshold(filters, found, operator)
    for pattern, operator in ((r"or\s+(?:more|above|over)", ">="), (r"or\s+(?:less|fewer|below|under)", "<=")):
        while found := reading.take(rf"{_NUMBER}\s+{pattern}(?:\s+(?:{units}))?"):
            _threshold(filters, found, operator)


def _threshold(filters: Filters, found: re.Match[str], operator: Operator) -> None:
    number = Decimal(_WORDS.get(found["number"]) or found["number"]) * (1000 if found["k"] else 1)
    filters.thresholds.append(Threshold(operator=operator, number=number))
    _hint(filters, found)


def _hint(filters: Filters, found: re.Match[str]) -> None:
    named = [measure for n, (_, measure) in enumerate(_UNITS) if found.groupdict().get(f"unit{n}")]
    hint = "cost" if found.groupdict().get("dollar") else next(iter(named), "")
    if hint and hint not in filters.hinted:
        filters.hinted.append(hint)
