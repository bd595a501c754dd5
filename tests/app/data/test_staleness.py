from __future__ import annotations

from datetime import UTC, datetime, timedelta

from app.data.overview_charts import AccountFreshness
from app.data.staleness import staleness

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def account(name: str, *, is_failing: bool) -> AccountFreshness:
    return AccountFreshness(account_id="1", account_name=name, client_name="Acme", reads={"usage": (NOW, is_failing)})


def test_new_data_are_not_stale() -> None:
    assert (
        staleness(NOW - timedelta(minutes=120), NOW, limit_minutes=120, accounts=[account("a", is_failing=False)]) == ""
    )


def test_old_data_say_how_old() -> None:
    said = staleness(NOW - timedelta(minutes=121), NOW, limit_minutes=120)
    assert said == "from 2 h ago: no newer data were published"


def test_failing_accounts_are_named_up_to_two() -> None:
    failing = [account(name, is_failing=True) for name in ("d", "b", "c", "a")]
    assert staleness(NOW, NOW, limit_minutes=60, accounts=failing) == "the last read of a, b and 2 more failed"
