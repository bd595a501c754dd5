"""One module a service: what the estate answers to each operation, with members as AWS names them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.demo.access import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that has been signed, allowed and checked."""

    caller: Caller
    params: Mapping[str, Any]

    @property
    def account_id(self) -> str:
        """The account that is asked."""
        return self.caller.principal.account_id

    @property
    def region(self) -> str:
        """The region that is asked."""
        return self.caller.region


type Handler = Callable[[Call], dict[str, Any]]
"""Answers one operation; raises Refusal."""
