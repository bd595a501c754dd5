"""How many a question wants, and in which order: top 5, the most expensive, highest first."""

from __future__ import annotations

from dataclasses import dataclass, field

from llm.reading import RANKED, Reading
from llm.semantic import Direction
from llm.words import COST, DIMENSIONS, HOURS, WORKSPACE

_COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
           "twenty": 20}  # fmt: skip
_N = r"(?P<n>\d{1,4}|" + "|".join(_COUNTS) + ")"
_ADJECTIVES: tuple[tuple[str, Direction, str], ...] = (
    (r"most\s+(?:expensive|costly)|costliest|dearest", "desc", "cost"),
    (r"least\s+(?:expensive|costly)|cheapest", "asc", "cost"),
    (
        r"(?:used|active)\s+(?:the\s+)?most|most\s+(?:heavily\s+)?(?:used|active)|busiest|heaviest",
        "desc",
        "usage_hours",
    ),
    (r"(?:used|active)\s+(?:the\s+)?least|least\s+(?:used|active)|least\s+busy", "asc", "usage_hours"),
    (r"most\s+(?:often|frequently|frequent)", "desc", ""),
    (r"least\s+(?:often|frequently)", "asc", ""),
    (r"highest|largest|biggest|greatest|most|top|maximum|max", "desc", ""),
    (r"lowest|smallest|least|fewest|bottom|minimum|min", "asc", ""),
)


@dataclass(slots=True)
class Ranking:
    """`is_superlative`: the question wants the extreme ones, but does not say how many."""

    direction: Direction | None = None
    limit: int | None = None
    is_superlative: bool = False
    hinted: list[str] = field(default_factory=list)  #: measures that an adjective gave away: the most *expensive*


def read_ranking(reading: Reading) -> Ranking:
    """Take the ranking out of `reading`. "The most workspaces" hints at their number."""
    ranking = Ranking()
    _written_order(reading, ranking)
    for words, direction, measure in _ADJECTIVES:
        pattern = f"(?:{words})"
        first = reading.take(
            rf"(?:the\s+)?{pattern}\s+(?:(?:{COST}|{HOURS})\s+)?(?:first|to\s+(?:lowest|highest|smallest|largest|least|most))"
        )
        if first:
            ranking.direction = direction
            _hint(ranking, measure)
            continue
        if ranking.limit is None:
            found = reading.take(rf"(?:the\s+)?{pattern}\s+{_N}", RANKED) or reading.take(
                rf"(?:the\s+)?{_N}\s+{pattern}", RANKED
            )
            if found:
                ranking.limit = _COUNTS.get(found["n"]) or int(found["n"])
                ranking.direction = direction
                _hint(ranking, measure)
                continue
        count = reading.find(rf"(?:the\s+)?{pattern}\s+(?:number\s+of\s+)?(?:\x00+\s+)*(?:{WORKSPACE})")
        is_counted = (
            count is not None
            and measure == ""
            and reading.find(r"has|have|had|with|owns?|own|run|runs|hosts?") is not None
        )
        if is_counted and ranking.direction is None:
            reading.take(rf"(?:the\s+)?{pattern}(?:\s+number\s+of)?")
            ranking.direction, ranking.is_superlative = direction, True
            _hint(ranking, "workspace_count")
            continue
        if reading.take(rf"(?:the\s+)?{pattern}(?:\s+(?:overall|total))?", RANKED):
            ranking.is_superlative = ranking.limit is None and ranking.direction is None
            ranking.direction = ranking.direction or direction
            _hint(ranking, measure)
    _bare_number(reading, ranking)
    recent = reading.take(
        r"(?:(?P<n>\d{1,4})\s+)?(?:most\s+recent|latest|recent)(?=\s+(?:cloudtrail\s+)?(?:events?|actions?|activit))"
    )
    if recent:
        ranking.limit, ranking.direction, ranking.is_superlative = int(recent["n"] or ranking.limit or 20), None, False
    return ranking


def _hint(ranking: Ranking, measure: str) -> None:
    if measure and measure not in ranking.hinted:
        ranking.hinted.append(measure)


def _written_order(reading: Reading, ranking: Ranking) -> None:
    down = r"(?:in\s+)?desc(?:ending)?(?:\s+order)?|(?:from\s+)?high(?:est)?\s+to\s+low(?:est)?|largest\s+to\s+smallest"
    up = r"(?:in\s+)?asc(?:ending)?(?:\s+order)?|(?:from\s+)?low(?:est)?\s+to\s+high(?:est)?|smallest\s+to\s+largest"
    if reading.take(down):
        ranking.direction = "desc"
    elif reading.take(up):
        ranking.direction = "asc"
    nouns = "|".join(pattern for pattern, _ in DIMENSIONS)
    if reading.take(rf"(?:sort(?:ed)?|order(?:ed)?)\s+by\s+(?:the\s+)?(?:{nouns}|name|alphabet)") or reading.take(
        r"(?:in\s+)?alphabetical(?:ly)?(?:\s+order)?"
    ):
        return  # answers are in the order of their columns anyway
    measure = rf"(?:the\s+)?(?:total\s+)?(?:{COST}|{HOURS})"
    sorted_by = reading.take(
        rf"(?:sort(?:ed)?|order(?:ed)?|rank(?:ed)?)(?:\s+(?:them|it|these))?(?:\s+by(?=\s+{measure}))?"
    )
    if sorted_by and ranking.direction is None:
        ranking.direction = "desc"


def _bare_number(reading: Reading, ranking: Ranking) -> None:
    """`Which 5 workspaces cost the most`, `the first 10 users`."""
    if ranking.limit is None:
        found = reading.take(rf"(?:(?<=which\s)|(?<=what\s)|first\s+){_N}", RANKED)
        if found:
            ranking.limit = _COUNTS.get(found["n"]) or int(found["n"])
            ranking.direction = ranking.direction or "desc"
