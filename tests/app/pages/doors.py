"""Doors for pages that are built without a server: real marts, a clock that stands still, an asker that remembers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from app.auth.identity import User
from llm.answer import Answer
from llm.sandbox import QueryResult
from tests.app.small_marts import AS_OF, publish_all
from workbench.clock import Clock, frozen_clock
from workbench.domain.scope import ALL_CLIENTS, Scope
from workbench.marts import Marts
from workbench.settings import Settings, load_settings

REGIONS = QueryResult(
    table=pa.table({"region": ["eu-west-1", "us-east-1"], "workspaces": [3, 1]}),
    types=("VARCHAR", "BIGINT"),
    truncated=False,
    seconds=0.01,
)


ANSWER = Answer(outcome="answer", way="parser", message="Answered without a model.", sql="SELECT 1", result=REGIONS)


@dataclass
class ScriptedAsker:
    """Gives `answer` to everything and remembers on which mart."""

    answer: Answer = field(default_factory=lambda: ANSWER)
    asked: list[tuple[str, Path]] = field(default_factory=list)

    def ask(self, question: str, mart: Path, *, on_stage: Callable[[str], None] | None = None) -> Answer:
        if on_stage:
            on_stage("running the query")
        self.asked.append((question, mart))
        return self.answer

    def run_sql(self, sql: str, mart: Path) -> Answer:
        self.asked.append((sql, mart))
        return Answer(outcome="answer", way="sql", message="Ran your SQL.", sql=sql, result=REGIONS)


@dataclass
class PageDoors:
    """What pages need of the doors."""

    marts: Marts
    asker: Any = field(default_factory=ScriptedAsker)
    clock: Clock = field(default_factory=lambda: frozen_clock(AS_OF + timedelta(minutes=30)))
    settings: Settings = field(default_factory=load_settings)


def page_doors(home: Path, *, now: datetime | None = None) -> PageDoors:
    """Doors to the small marts, published below `home`."""
    publish_all(home)
    doors = PageDoors(Marts(home))
    if now:
        doors.clock = frozen_clock(now)
    return doors


def user_of(scope: Scope = ALL_CLIENTS, *, role: Any = "ANALYST", display_name: str = "Ann Lee") -> User:
    """Someone who sees `scope`."""
    return User(id=1, username="ann", display_name=display_name, role=role, scope=scope)
