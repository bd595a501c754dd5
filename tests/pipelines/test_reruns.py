"""Running again changes nothing, and costs next to nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipelines.registry import PIPELINES, run_named
from tests.pipelines.conftest import Synced
from tests.pipelines.syncing import record_rows, syncing

pytestmark = [pytest.mark.postgres, pytest.mark.aws, pytest.mark.slow]


def test_a_second_run_writes_no_row_of_data(synced: Synced) -> None:
    before = record_rows(synced.dsn)
    with syncing(synced.dsn, synced.aws, synced.data_home) as context:
        outcomes = {name: run_named(context, name) for name in PIPELINES if name != "mirror"}
    assert {name: outcome.loaded.written for name, outcome in outcomes.items()} == dict.fromkeys(outcomes, 0)
    assert record_rows(synced.dsn) == before


def test_a_second_run_asks_for_no_metric_no_cost_and_no_file(synced: Synced) -> None:
    with syncing(synced.dsn, synced.aws, synced.data_home) as context:
        usage, billing = run_named(context, "usage"), run_named(context, "billing")
    assert usage.api_calls == 0  # no day has ended since
    assert billing.api_calls == 1  # one listing says that no file has changed


def test_an_account_that_is_read_alone_leaves_the_months_unread_for_all(synced: Synced) -> None:
    with syncing(synced.dsn, synced.aws, synced.data_home) as context:
        alone = replace(context, only_accounts=frozenset({"100000000011"}))
        outcome = run_named(alone, "billing")
        again = run_named(context, "billing")
    assert (outcome.status, outcome.parts, outcome.loaded.written) == ("SUCCEEDED", 1, 0)
    assert again.loaded.written == 0
