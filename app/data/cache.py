"""Keeps what was worked out from a mart, for every session that sees the same mart; the oldest goes first.

Invariant: the key holds the scope and the mart's version, so nobody gets another scope's rows or yesterday's figures.
What is kept is shared: nobody may change it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import cast

from workbench.marts import Mart


class MartCache:
    """At most `size` results. Safe to use from many threads."""

    def __init__(self, size: int = 64) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, object] = OrderedDict()

    def get[T](self, mart: Mart, *parts: Hashable, build: Callable[[], T]) -> T:
        """What `build` gives, or gave before for the same scope, version and `parts`; `parts` name what is built."""
        key = (mart.scope.key, mart.version, *parts)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast("T", self._kept[key])
        # Two sessions may build the same at once: that costs time, never a wrong answer.
        built = build()
        with self._lock:
            self._kept[key] = built
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return built
