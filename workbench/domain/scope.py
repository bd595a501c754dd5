"""Whose rows someone may see. A scope is all clients or a set of them; it is the key of a mart."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """All clients (`client_ids is None`), or just these. An empty set is a scope too: it sees nothing."""

    client_ids: frozenset[int] | None = None

    @classmethod
    def of(cls, *client_ids: int) -> Scope:
        """The scope of just these clients."""
        return cls(frozenset(client_ids))

    @property
    def is_all(self) -> bool:
        """True when no client is left out."""
        return self.client_ids is None

    @property
    def is_empty(self) -> bool:
        """True when no client is seen."""
        return self.client_ids is not None and not self.client_ids

    @property
    def key(self) -> str:
        """Folder name of the scope's marts: `all`, or a digest that tells nothing of the clients."""
        if self.client_ids is None:
            return "all"
        text = ",".join(str(i) for i in sorted(self.client_ids))
        return "c" + hashlib.sha256(text.encode()).hexdigest()[:16]


ALL_CLIENTS = Scope()
