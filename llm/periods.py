"""Periods in plain English → half-open ranges of days, counted from a given today."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from workbench.clock import first_of_month, months_back, next_month

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")  # fmt: skip
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "nine": 9, "ten": 10, "twelve": 12,
           "couple of": 2, "few": 3}  # fmt: skip
_COUNT = r"(\d{1,4}|" + "|".join(_COUNTS) + r")"
_YEAR = r"((?:19|20)\d\d)"
_BACK = r"(?:last|past|previous|prior|preceding|trailing)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Days from `start` up to, not including, `end`.

    "The last 3 months" mean the 3 complete months for what is booked by month, and 3 months up to today for instants:
    `months_start` and `months_end` hold the former where the two differ.
    """

    start: date
    end: date
    label: str
    months_start: date | None = None
    months_end: date | None = None
    is_from_to: bool = False  #: two months were named as its ends, so a change means: between these two

    def by_month(self) -> tuple[date, date]:
        """The range for what is booked by month."""
        return self.months_start or self.start, self.months_end or self.end

    @property
    def is_one_month(self) -> bool:
        """True for exactly one calendar month."""
        return self.start.day == 1 and self.end == next_month(self.start)

    def first_month(self) -> Period:
        """Its first month."""
        return _of(self.start, next_month(self.start))

    def last_month(self) -> Period:
        """Its last month."""
        return _of(months_back(self.end, 1), self.end)

    def previous(self) -> Period:
        """The period of the same length right before."""
        if self.start.day == 1 and self.end.day == 1:
            count = (self.end.year - self.start.year) * 12 + self.end.month - self.start.month
            start = months_back(self.start, count)
            return Period(start=start, end=self.start, label=label_of(start, self.start))
        return Period(start=self.start - (self.end - self.start), end=self.start, label="the time before")


def label_of(start: date, end: date) -> str:
    """How a range is written: `June 2026`, `2026`, `Q2 2026`, or its first and last day."""
    if start.day == 1 and end == next_month(start):
        return f"{MONTHS[start.month - 1].title()} {start.year}"
    if (start.month, start.day, end.month, end.day) == (1, 1, 1, 1) and end.year == start.year + 1:
        return str(start.year)
    if start.day == end.day == 1 and start.month % 3 == 1 and months_back(end, 3) == start:
        return f"Q{start.month // 3 + 1} {start.year}"
    return f"{start} to {end - timedelta(days=1)}"


def find_periods(text: str, today: date) -> list[tuple[int, int, Period]]:
    """Return the periods named in `text` (lower case) as (first character, last + 1, period), in order, disjoint."""
    found: list[tuple[int, int, Period]] = []
    for pattern, make in _RULES:
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end, _ in found):
                continue
            period = make(match, today)
            if period is not None:
                found.append((_with_lead(text, match.start()), match.end(), period))
    return sorted(found, key=lambda item: item[0])


def _with_lead(text: str, start: int) -> int:
    """Where `the month of` begins, if it stands right before `start`."""
    lead = re.search(r"(?<!\w)(?:up\s+)?to\s+date\s+$", text[:start]) or re.search(
        r"(?<!\w)(?<!every )(?<!each )(?<!per )(?<!by )(?:the\s+)?(?:calendar\s+|whole\s+)?(?:month|quarter|year)\s+of\s+$",
        text[:start],
    )
    return lead.start() if lead else start


def _of(start: date, end: date) -> Period:
    return Period(start=start, end=end, label=label_of(start, end))


def _number(word: str) -> int:
    return _COUNTS.get(word) or int(word)


def _month_number(word: str) -> int:
    return next(i for i, name in enumerate(MONTHS, 1) if name[:3] == word[:3])


def _month(match: re.Match[str], today: date) -> Period | None:
    number = _month_number(match["month"])
    # A month without a year is the latest that has begun.
    year = int(match["year"]) if match["year"] else today.year - (number > today.month)
    return _of(date(year, number, 1), next_month(date(year, number, 1)))


def _iso_month(match: re.Match[str], today: date) -> Period | None:
    start = date(int(match[1]), int(match[2]), 1)
    return _of(start, next_month(start))


def _day(match: re.Match[str], today: date) -> Period | None:
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return Period(start=day, end=day + timedelta(days=1), label=str(day))


def _year(match: re.Match[str], today: date) -> Period | None:
    return _of(date(int(match[1]), 1, 1), date(int(match[1]) + 1, 1, 1))


def _quarter(match: re.Match[str], today: date) -> Period | None:
    words = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4}
    number = words.get(match["quarter"]) or int(match["quarter"][0])
    start_month = number * 3 - 2
    year = int(match["year"]) if match["year"] else today.year - (start_month > today.month)
    start = date(year, start_month, 1)
    return _of(start, months_back(start, -3))


def _half(match: re.Match[str], today: date) -> Period | None:
    month = 1 if match["half"] in ("first", "h1") else 7
    year = int(match["year"]) if match["year"] else today.year - (month > today.month)
    start = date(year, month, 1)
    return _of(start, months_back(start, -6))


def _this(match: re.Match[str], today: date) -> Period | None:
    return _calendar(match["unit"], today, 0)


def _previous(match: re.Match[str], today: date) -> Period | None:
    return _calendar(match["unit"], today, 1)


def _calendar(unit: str, today: date, back: int) -> Period:
    if unit == "day":
        day = today - timedelta(days=back)
        return Period(start=day, end=day + timedelta(days=1), label=str(day))
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * back)
        return _of(monday, monday + timedelta(days=7))
    if unit == "month":
        start = months_back(today, back)
        return _of(start, next_month(start))
    if unit == "quarter":
        start = months_back(date(today.year, (today.month - 1) // 3 * 3 + 1, 1), 3 * back)
        return _of(start, months_back(start, -3))
    return _of(date(today.year - back, 1, 1), date(today.year - back + 1, 1, 1))


def _last_many(match: re.Match[str], today: date) -> Period | None:
    count, unit = _number(match["count"]), match["unit"]
    tomorrow = today + timedelta(days=1)
    label = f"the last {count} {unit}s" if count != 1 else f"the last {unit}"
    if unit in ("day", "week"):
        return Period(start=today - timedelta(days=count * (7 if unit == "week" else 1)), end=tomorrow, label=label)
    months = count * {"month": 1, "quarter": 3, "year": 12}[unit]
    # On its last day a month counts as complete.
    this_month = first_of_month(tomorrow)
    back = months_back(today, months)
    same_day = min(today.day, (next_month(back) - back).days)
    return Period(
        start=back.replace(day=same_day), end=tomorrow, label=label,
        months_start=months_back(this_month, months), months_end=this_month,
    )  # fmt: skip


def _today(match: re.Match[str], today: date) -> Period | None:
    day = today - timedelta(days=1 if match[0] == "yesterday" else 0)
    return Period(start=day, end=day + timedelta(days=1), label=str(day))


def _to_date(match: re.Match[str], today: date) -> Period | None:
    word = match["unit"]
    unit = {"ytd": "year", "qtd": "quarter", "mtd": "month"}.get(word, word)
    start = _calendar(unit, today, 0).start
    return Period(start=start, end=today + timedelta(days=1), label=f"{start} until today")


def _between(match: re.Match[str], today: date) -> Period | None:
    last_year = int(match["year2"]) if match["year2"] else None
    second = _month_number(match["month2"])
    year2 = last_year or today.year - (second > today.month)
    first = _month_number(match["month1"])
    year1 = int(match["year1"]) if match["year1"] else year2 - (first > second)
    start, end = date(year1, first, 1), next_month(date(year2, second, 1))
    return Period(start=start, end=end, label=label_of(start, end), is_from_to=True)


def _days_between(match: re.Match[str], today: date) -> Period | None:
    try:
        start, last = date.fromisoformat(match[1]), date.fromisoformat(match[2])
    except ValueError:
        return None
    return Period(start=start, end=last + timedelta(days=1), label=f"{start} to {last}")


def _since(match: re.Match[str], today: date) -> Period | None:
    inner = find_periods(match["when"], today)
    if not inner:
        return None
    start = inner[0][2].end if match["word"] == "after" else inner[0][2].start
    return Period(start=start, end=max(today, start) + timedelta(days=1), label=f"{start} until today")


def _before(match: re.Match[str], today: date) -> Period | None:
    inner = find_periods(match["when"], today)
    if not inner:
        return None
    end = inner[0][2].start if match["word"] in ("before", "prior to") else inner[0][2].end
    return Period(start=date(1970, 1, 1), end=end, label=f"before {end}")


_WHEN = (
    rf"(?:\d{{4}}-\d\d-\d\d|\d{{4}}-\d\d|(?:the\s+)?(?:start|beginning|end)\s+of\s+{_YEAR}|{_MONTH}(?:\s+(?:of\s+)?{_YEAR})?"
    rf"|q[1-4](?:\s+{_YEAR})?|{_YEAR}|(?:this|last)\s+(?:month|quarter|year|week)|yesterday)"
)
_UNIT = r"(?P<unit>day|week|month|quarter|year)"
_Rule = tuple[str, Callable[[re.Match[str], date], Period | None]]
_SPELLINGS: tuple[_Rule, ...] = (
    (r"(?:between|from)\s+(\d{4}-\d\d-\d\d)\s+(?:and|to|until|through)\s+(\d{4}-\d\d-\d\d)", _days_between),
    (rf"(?:between|from)\s+(?P<month1>{_MONTH})(?:\s+(?P<year1>20\d\d))?\s+(?:and|to|until|till|through|thru)\s+"
     rf"(?P<month2>{_MONTH})(?:\s+(?P<year2>20\d\d))?", _between),
    (rf"(?P<month1>{_MONTH})(?:\s+(?P<year1>20\d\d))?\s*(?:to|until|through|thru|-)\s*"
     rf"(?P<month2>{_MONTH})(?:\s+(?P<year2>20\d\d))?", _between),
    (rf"(?P<word>since|after|starting(?:\s+from)?|from)\s+(?P<when>{_WHEN})(?:\s+(?:on|onwards?|until\s+(?:now|today)))?",
     _since),
    (rf"(?P<word>before|prior\s+to|until|up\s+to)\s+(?P<when>{_WHEN})", _before),
    (r"(?:the\s+)?(?P<unit>year|quarter|month)\s+to\s+date", _to_date),
    (r"(?P<unit>[yqm]td)", _to_date),
    (r"so\s+far\s+this\s+(?P<unit>year|month|quarter)", _to_date),
    (rf"(?:in\s+|over\s+|during\s+|within\s+|for\s+)?(?:the\s+)?{_BACK}\s+(?P<count>\d{{1,4}}|{'|'.join(_COUNTS)})\s+{_UNIT}s?",
     _last_many),
    (rf"(?:the\s+)?{_BACK}\s+{_UNIT}", _previous),
    (rf"(?:this|the\s+current|current)\s+{_UNIT}(?:\s+so\s+far)?", _this),
    (r"q(?P<quarter>[1-4])(?:\s+(?:of\s+)?(?P<year>20\d\d))?", _quarter),
    (r"(?:the\s+)?(?P<quarter>first|second|third|fourth|1st|2nd|3rd|4th)\s+quarter(?:\s+(?:of\s+)?(?P<year>20\d\d))?",
     _quarter),
    (r"(?:the\s+)?(?P<half>first|second)\s+half(?:\s+(?:of\s+)?(?P<year>20\d\d))?", _half),
    (r"(?P<half>h[12])(?:\s+(?:of\s+)?(?P<year>20\d\d))?", _half),
    (r"(\d{4})-(\d\d)-(\d\d)", _day),
    (r"(\d{4})-(0[1-9]|1[0-2])", _iso_month),
    (rf"(?P<month>{_MONTH})(?:\s*,?\s*(?:of\s+)?(?P<year>20\d\d))?", _month),
    (r"today|yesterday", _today),
    (rf"(?:the\s+year\s+|calendar\s+year\s+)?{_YEAR}", _year),
)  # fmt: skip
_RULES = tuple((re.compile(rf"\b(?:{pattern})\b"), make) for pattern, make in _SPELLINGS)
