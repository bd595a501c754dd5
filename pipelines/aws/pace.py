"""How fast AWS is asked: at most so many calls a second to one API of one account and region.

AWS publishes no limits for most of the APIs we read, and a client's own programs share them. botocore's adaptive mode
slows down only after AWS has refused, per client object; here no burst is sent in the first place, whoever asks.
"""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from workbench.errors import WorkbenchError


class RunWasStopped(WorkbenchError):
    """The worker is shutting down; what was being read is dropped and will be read again."""

    def __init__(self) -> None:
        super().__init__("The run was stopped.", do="Nothing: the next run reads it again.")


@dataclass(slots=True)
class CallMeter:
    """What one account and region cost in calls. Counts each HTTP request, retries included."""

    calls: int = 0
    throttles: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def count(self, *, calls: int = 0, throttles: int = 0) -> None:
        """Add to both; several threads may read one account."""
        with self._lock:
            self.calls += calls
            self.throttles += throttles


class Pace:
    """A moving window per (account, region, API), shared by all threads of the process."""

    def __init__(self, per_second: float, stop: threading.Event) -> None:
        self._window = _window(per_second)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._stop = stop

    def wait_for_turn(self, account_id: str, region: str, api: str) -> None:
        """Return when a call may be sent. Raises RunWasStopped as soon as the worker is told to stop."""
        while not self._limiter.hit(self._window, account_id, region, api):
            free_at, _ = self._limiter.get_window_stats(self._window, account_id, region, api)
            if self._stop.wait(max(0.005, free_at - time.time())):
                raise RunWasStopped
        if self._stop.is_set():
            raise RunWasStopped


def _window(per_second: float) -> RateLimitItem:
    # Whole calls in whole seconds, rounded to the careful side: 2.5 → 2 a second, 0.4 → 1 in 3 seconds.
    if per_second >= 1:
        return RateLimitItemPerSecond(math.floor(per_second))
    return RateLimitItemPerSecond(1, math.ceil(1 / per_second))
