"""The fields a question names, and what for: to group by, to be listed, to be counted, or just what it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from llm.reading import RANKED, TAKEN, Reading
from llm.words import DIMENSIONS

Role = Literal["group", "asked", "column", "counted", "subject"]

_COMPOUND = ("usage_type", "fee_class", "event", "sync_type")
_DETERMINERS = (
    r"(?:\s*\b(?:the|all|a|an|different|distinct|unique|various|our|my|us|me|each\s+and|single|individual|active))*\s*$"
)
_COUNTED = re.compile(r"(?:^|\s)(?:how many|(?:number|counts?|amount)(?: of)?|how many of)$")
_GROUPED = re.compile(r"(?:^|\s)(?:per|by|each|every|across|between|among)(?: of)?(?: aws)?$")
_ASKED = re.compile(rf"(?:(?:^|\s)(?:which|what)(?: of)?|{RANKED}+)(?:\s+aws)?$")
_LISTED = re.compile(r"(?:^|\s)(?:list|show|display|give|their|its|with|including|include|tell|list of)$")
_JOINED = re.compile(r"^[\s,\x00]*(?:and|or|,|&)?\s*(?:by\s+|per\s+|their\s+|its\s+|the\s+|each\s+|for\s+each\s+)*$")
_GRAIN_WORDS = (
    (r"month[\s-]by[\s-]month|monthly|over\s+time|trends?(?:\s+of)?|(?:developed|evolved|evolution|development)(?:\s+of)?", "month"),
    (r"daily|day[\s-]by[\s-]day", "day"),
    (r"quarterly|quarter[\s-]by[\s-]quarter", "quarter"),
    (r"yearly|annual(?:ly)?|year[\s-]by[\s-]year", "year"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A field that the question names at `position`."""

    field: str
    role: Role
    position: int
    is_plural: bool = False


@dataclass(frozen=True, slots=True)
class Noun:
    """The noun of a field, where it stood."""

    start: int
    end: int
    field: str
    word: str


def take_nouns(reading: Reading, *, compound: bool, is_about_events: bool = False) -> list[Noun]:
    """Take nouns of fields out of `reading`.

    compound: only those that hold the word of a measure (`usage type`, `kind of cost`), so that they go before measures.
    """
    found: list[Noun] = []

    def take(pattern: str, name: str) -> None:
        while match := reading.take(pattern):
            found.append(Noun(match.start(), match.end(), name, match[0]))

    for pattern, name in DIMENSIONS:
        if (name in _COMPOUND) == compound:
            take(pattern, name)
    if is_about_events and not compound:
        take(r"(?:event\s+)?(?:types?|kinds?)", "event")
    return found


def read_mentions(reading: Reading, nouns: list[Noun], text: str, *, is_about_events: bool) -> list[Mention]:
    """Say what each noun is there for, in the order of the question, and take the words of time grains out.

    text: what was left before nouns and measures were taken, to see what stands around them.
    """
    mentions: list[Mention] = []
    for pattern, grain in _GRAIN_WORDS:
        while found := reading.take(pattern):
            if not any(m.field == grain for m in mentions):
                mentions.append(Mention(field=grain, role="group", position=found.start()))
    who = reading.find(r"who|whom")
    if who:
        mentions.append(Mention(field="actor" if is_about_events else "user", role="asked", position=who.start()))
    previous: tuple[int, Role] | None = None
    for noun in sorted(nouns, key=lambda n: n.start):
        role = _role(text[: noun.start])
        between = text[previous[0] : noun.start] if previous else ""
        if role == "subject" and previous and between.strip() and _JOINED.match(between):
            role = previous[1]
        name = "actor" if is_about_events and noun.field == "user" and role != "counted" else noun.field
        mentions.append(Mention(field=name, role=role, position=noun.start, is_plural=noun.word.endswith("s")))
        previous = (noun.end, role)
    return sorted(mentions, key=lambda m: m.position)


def _role(text: str) -> Role:
    ahead = re.sub(r"\s+", " ", text.replace(TAKEN, " ")).rstrip()
    while True:
        shorter = re.sub(_DETERMINERS, "", ahead)
        if shorter == ahead:
            break
        ahead = shorter
    if _COUNTED.search(ahead):
        return "counted"
    if _GROUPED.search(ahead):
        return "group"
    if _ASKED.search(ahead):
        return "asked"
    return "column" if _LISTED.search(ahead) else "subject"
