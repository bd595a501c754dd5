from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.data.overview import overview
from tests.app.small_marts import ACME, AS_OF, publish_all
from workbench.domain.scope import ALL_CLIENTS, Scope
from workbench.marts import Mart, Marts


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marts]:
    home: Path = tmp_path_factory.mktemp("marts")
    publish_all(home)
    marts = Marts(home)
    yield marts
    marts.close()


@pytest.fixture
def acme(marts: Marts) -> Iterator[Mart]:
    with marts.open(Scope.of(ACME)) as mart:
        yield mart


@pytest.fixture
def everyone(marts: Marts) -> Iterator[Mart]:
    with marts.open(ALL_CLIENTS) as mart:
        yield mart


def test_last_month_is_the_sum_of_its_fees(acme: Mart) -> None:
    # 35.00 + 9.75 + 20.25 in October; each a dollar less in September.
    totals = overview(acme).totals
    assert totals.last_month == date(2026, 10, 1)
    assert totals.last_month_cost == Decimal("65.00")
    assert totals.month_before_cost == Decimal("62.00")
    assert totals.cost_change == Decimal("3.00")


def test_a_scope_counts_its_own_clients_alone(acme: Mart, everyone: Mart) -> None:
    assert (overview(acme).totals.workspaces, overview(everyone).totals.workspaces) == (3, 4)
    assert {row.client_name for row in overview(acme).cost_by_client_month} == {"Acme"}


def test_a_workspace_unconnected_for_30_days_counts_as_unused(acme: Mart) -> None:
    # bob's, last connected on 1 September, cost 9.75.
    totals = overview(acme).totals
    assert (totals.unused_workspaces, totals.unused_last_month_cost) == (1, Decimal("9.75"))


def test_costs_come_by_month_then_client(everyone: Mart) -> None:
    rows = [(r.month.month, r.client_name, r.cost) for r in overview(everyone).cost_by_client_month]
    assert rows == [
        (9, "Acme", Decimal("62.00")),
        (9, "Globex", Decimal("49.10")),
        (10, "Acme", Decimal("65.00")),
        (10, "Globex", Decimal("50.10")),
    ]


def test_running_modes_are_counted_with_their_cost(acme: Mart) -> None:
    modes = {row.running_mode: (row.workspaces, row.last_month_cost) for row in overview(acme).running_modes}
    assert modes == {"ALWAYS_ON": (1, Decimal("35.00")), "AUTO_STOP": (2, Decimal("30.00"))}


def test_a_place_never_read_completely_leaves_no_oldest_success(everyone: Mart) -> None:
    (inventory,) = overview(everyone).freshness
    assert (inventory.places, inventory.failing_places, inventory.oldest_success_at) == (2, 1, None)


def test_json_holds_money_as_exact_text_and_instants_in_utc(acme: Mart) -> None:
    body = json.loads(json.dumps(overview(acme).to_json()))
    assert body["totals"]["last_month_cost"] == "65.00"
    assert body["totals"]["cost_change"] == "3.00"
    assert body["totals"]["as_of"] == AS_OF.isoformat().replace("+00:00", "Z")
    assert body["totals"]["last_month"] == "2026-10-01"
