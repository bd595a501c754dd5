"""A question being read: whoever understands a phrase takes it out, and what nobody took is left."""

from __future__ import annotations

import re

from llm.words import FILLER

TAKEN, RANKED = "\x00", "\x01"
"""Stand for taken characters, so that positions stay; RANKED for `top 5` and its like, before what is asked for."""

_CONTRACTIONS = (
    (r"\bcan['’]t\b", "can not"),
    (r"\bwon['’]t\b", "will not"),
    (r"n['’]t\b", " not"),
    (r"['’]s\b", ""),
    (r"['’]re\b", " are"),
    (r"['’]ve\b", " have"),
)


def normalised(question: str) -> str:
    """Lower case, contractions spelled out, thousands without commas, no punctuation except what joins a word."""
    text = question.lower().replace("“", '"').replace("”", '"')
    for pattern, plain in _CONTRACTIONS:
        text = re.sub(pattern, plain, text)
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = re.sub(r"[?!;:()\[\]\"'’`]|\.(?=\s|$)", " ", text)
    return re.sub(r"\s+", " ", text.replace(",", " , ")).strip()


class Reading:
    """The text of one question. `text` holds what is not taken yet, at its old positions."""

    def __init__(self, question: str) -> None:
        self.text = self.whole = normalised(question)

    def take(self, pattern: str | re.Pattern[str], mark: str = TAKEN) -> re.Match[str] | None:
        """Find `pattern` (between word boundaries) in what is left, take it out, and return the match."""
        found = self.find(pattern)
        if found:
            self.blank(found.start(), found.end(), mark)
        return found

    def find(self, pattern: str | re.Pattern[str]) -> re.Match[str] | None:
        """Like `take`, but it stays."""
        compiled = re.compile(rf"(?<![\w-])(?:{pattern})(?![\w])") if isinstance(pattern, str) else pattern
        return compiled.search(self.text)

    def blank(self, start: int, end: int, mark: str = TAKEN) -> None:
        """Take these characters out."""
        self.text = self.text[:start] + mark * (end - start) + self.text[end:]

    def before(self, position: int) -> str:
        """What stands before `position`, without what was taken."""
        return re.sub(r"\s+", " ", self.text[:position].replace(TAKEN, " ")).strip()

    def left(self) -> list[str]:
        """The words that nobody took and that could change the meaning."""
        words = re.findall(r"[^\s\x00\x01,]+", self.text)
        return [w.strip("-/&$%.") for w in words if w.strip("-/&$%.") and w not in FILLER]
