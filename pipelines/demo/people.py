"""Invented people and companies. A user name is unique across the whole estate, so that a shared one is planted."""

from __future__ import annotations

import unicodedata

import numpy as np

from pipelines.demo.estate import Person

#: (name, code): plausible, invented; the first ones carry the planted anomalies.
COMPANIES = (
    ("Acme Manufacturing", "acme"),
    ("Globex Société Générale d’Assurances", "globex"),
    ("Initech Software", "initech"),
    ("Umbrella Pharma", "umbrella"),
    ("Hooli Média", "hooli"),
    ("Stark Logistics", "stark"),
    ("Wayne Legal", "wayne"),
    ("Müller & Söhne Maschinenbau", "mueller"),
    ("Soylent Foods", "soylent"),
    ("Tyrell Robotics", "tyrell"),
    ("Cyberdyne Systems", "cyberdyne"),
    ("Wonka Confectionery", "wonka"),
    ("Duff Beverages", "duff"),
    ("Oceanic Travel", "oceanic"),
    ("Massive Dynamic", "massive"),
    ("Gringotts Treasury", "gringotts"),
    ("Virtucon Energy", "virtucon"),
    ("Bluth Homes", "bluth"),
    ("Dunder Paper", "dunder"),
    ("Prestige Transport", "prestige"),
)
_BRANCHES = ("", " Iberia", " Nordics", " Asia Pacific")

# SIM905 is waived below: fifty names read better as a paragraph than as fifty quoted strings.
_FIRST = tuple(
    """
    Maria James Aisha Wei Lukas Sofia Daniel Emma Ravi Chloe Peter Fatima Hugo Nina Omar Grace Ivan
    Laura Samuel Yuki Anna David Priya Tom Elena Marco Julia Ahmed Sarah Leo Mia Jonas Carla Ben Rosa
    Victor Irene Paul Hana Felix Alice George Nadia Simon Clara Erik Lina Oscar Ruth Adam
    """.split()  # noqa: SIM905
)
_LAST = tuple(
    """
    Garcia Smith Tan Novak Rossi Muller Jones Patel Kim Silva Dubois Larsen Brown Costa Weber Lee
    Martin Khan Evans Fischer Moreau Wong Sato Nilsson Clark Ferrari Lopez Singh Murphy Kowalski Walsh
    Ibrahim Baker Lambert Petrov Ng Keller Santos Moore Byrne Chen Virtanen Reid Haas Conti Okafor
    Doyle Lim Berg Fox
    """.split()  # noqa: SIM905
)
_UNICODE = (
    ("José", "Núñez"),
    ("Zoë", "Lefèvre"),
    ("Søren", "Ødegård"),
    ("美咲", "佐藤"),
    ("Łukasz", "Żak"),
    ("Åsa", "Öberg"),
)
_DEPARTMENTS = ("Finance", "Operations", "Sales", "Support", "Engineering", "HR", "Legal")


class PeopleOffice:
    """Hands out people, each user name once."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._taken: dict[str, int] = {}

    def hire(self, domain: str) -> Person:
        """A new person of the company at `domain`: 3 % are service accounts, 2 % have UPN names, 5 % unicode names."""
        draw = self._rng.random(2)
        department = _DEPARTMENTS[self._rng.integers(len(_DEPARTMENTS))]
        if draw[0] < 0.03:
            user_name = self._unique(f"svc-{department.lower()}")
            return Person(user_name=user_name, display_name=user_name, email=f"it@{domain}", department=department)
        first, last = _FIRST[self._rng.integers(len(_FIRST))], _LAST[self._rng.integers(len(_LAST))]
        shown = f"{first} {last}"
        if draw[1] < 0.05:
            shown = " ".join(_UNICODE[self._rng.integers(len(_UNICODE))])
        user_name = self._unique(f"{_ascii(first)}.{_ascii(last)}")
        email = f"{user_name}@{domain}"
        if draw[0] < 0.05:
            user_name = email
        return Person(user_name=user_name, display_name=shown, email=email, department=department)

    def _unique(self, name: str) -> str:
        count = self._taken.get(name, 0) + 1
        self._taken[name] = count
        return name if count == 1 else f"{name}{count}"


def company(index: int) -> tuple[str, str]:
    """Name and code of the client with this index."""
    name, code = COMPANIES[index % len(COMPANIES)]
    branch = _BRANCHES[index // len(COMPANIES)]
    return name + branch, "-".join([code, *branch.lower().split()])


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return plain.lower()
