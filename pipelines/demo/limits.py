"""How fast one may call: a token bucket for each account, region and operation, and faults that a test orders."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from pipelines.demo.refusals import Refusal, throttled


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Calls a second that a bucket refills, and how many it holds."""

    per_second: float
    burst: float


DESCRIBE_RATE = Rate(per_second=10, burst=40)
#: Where AWS documents another rate. LookupEvents: two a second an account and region.
OWN_RATES = {
    "LookupEvents": Rate(per_second=2, burst=2),
    "GetMetricData": Rate(per_second=50, burst=100),
    "AssumeRole": Rate(per_second=100, burst=200),
    "GetCallerIdentity": Rate(per_second=100, burst=200),
}


class Fault(BaseModel):
    """An ordered failure. Empty fields match anything; `times` None means for ever."""

    model_config = ConfigDict(extra="forbid")

    account_id: str = ""
    region: str = ""
    operation: str = ""
    code: str = "ThrottlingException"
    status: int = 400
    times: int | None = None


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


@dataclass
class Limiter:
    """Refuses calls that come too fast, and those that a fault names. `monotonic` returns seconds."""

    monotonic: Callable[[], float]
    describe_rate: Rate = DESCRIBE_RATE
    faults: Iterable[Fault] = ()
    _buckets: dict[tuple[str, str, str], _Bucket] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._pending = [fault.model_copy() for fault in self.faults]

    def admit(self, account_id: str, region: str, operation: str) -> None:
        """Pass in silence or raise Refusal."""
        for fault in self._pending:
            wanted = ((fault.account_id, account_id), (fault.region, region), (fault.operation, operation))
            if fault.times != 0 and all(not want or want == have for want, have in wanted):
                fault.times = None if fault.times is None else fault.times - 1
                raise Refusal(
                    fault.code,
                    "Rate exceeded" if "Throttl" in fault.code else "Ordered by --faults",
                    status=fault.status,
                )
        rate = OWN_RATES.get(operation, self.describe_rate)
        now = self.monotonic()
        bucket = self._buckets.setdefault((account_id, region, operation), _Bucket(rate.burst, now))
        bucket.tokens = min(rate.burst, bucket.tokens + (now - bucket.filled_at) * rate.per_second)
        bucket.filled_at = now
        if bucket.tokens < 1:
            raise throttled()
        bucket.tokens -= 1
