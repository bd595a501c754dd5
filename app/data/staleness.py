"""Says why data are old, when they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from app.data.overview_charts import AccountFreshness
from app.theme import formats


def staleness(as_of: datetime, now: datetime, *, limit_minutes: int, accounts: Sequence[AccountFreshness] = ()) -> str:
    """Why the data count as stale, in a few words; empty when they do not.

    as_of, now: instants UTC. limit_minutes: setting mirror_max_age_minutes. accounts: of the scope; one whose last read
    failed makes the data stale however new the rest is.
    """
    failing = sorted({a.account_name for a in accounts if any(is_failing for _, is_failing in a.reads.values())})
    minutes = int((now - as_of).total_seconds() // 60)
    if minutes > limit_minutes:
        return f"from {formats.age(as_of, now)}: no newer data were published"
    if failing:
        named = ", ".join(failing[:2]) + (f" and {len(failing) - 2} more" if len(failing) > 2 else "")
        return f"the last read of {named} failed"
    return ""
