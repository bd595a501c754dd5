"""What AWS charges: monthly fees with their shares of a month, mode changes, hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from pipelines.demo.bill import draw_bill
from pipelines.demo.estate import SCALES, Account, Bundle, ClientEstate, Desktop, Estate, Window
from pipelines.demo.prices import PriceBook, usd
from pipelines.demo.tariffs import TariffBook
from tests.pipelines.demo.test_personas import DESKTOP

WINDOW = Window(as_of=date(2026, 11, 21), months=3)  # September (30 days), October (31), November until the 21st
OCTOBER = 30


def test_always_on_pays_the_whole_month_on_the_1st() -> None:
    lines = _lines(replace(DESKTOP, running_mode="ALWAYS_ON"))
    assert [(day, fee, amount) for day, fee, amount in lines] == [
        (0, "alwayson_month", Decimal(35)),
        (30, "alwayson_month", Decimal(35)),
        (61, "alwayson_month", Decimal(35)),
    ]


def test_auto_stop_pays_a_base_and_its_hours() -> None:
    lines = _lines(DESKTOP, hours={3: 4})
    # 9.75 a month three times; four hours at 0.30 on day 3.
    assert sorted(lines) == [
        (0, "autostop_base", Decimal("9.75")),
        (3, "autostop_hours", Decimal("1.20")),
        (30, "autostop_base", Decimal("9.75")),
        (61, "autostop_base", Decimal("9.75")),
    ]


def test_a_desktop_created_within_a_month_pays_for_the_days_left() -> None:
    created = replace(DESKTOP, running_mode="ALWAYS_ON", created_at=WINDOW.instant(OCTOBER + 10, 3600))
    # Created on 11 October, so 21 of 31 days: 35 × 21/31 = 23.7096774194.
    assert _lines(created)[0] == (OCTOBER + 10, "alwayson_month", Decimal("23.7096774194"))


def test_to_always_on_takes_effect_at_once_on_top_of_the_base() -> None:
    changed = replace(DESKTOP, mode_changes=((OCTOBER + 10, "ALWAYS_ON"),))
    october = [line for line in _lines(changed, hours={OCTOBER + 4: 5, OCTOBER + 12: 5}) if 30 <= line[0] < 61]
    assert sorted(october) == [
        (OCTOBER, "autostop_base", Decimal("9.75")),
        (OCTOBER + 4, "autostop_hours", Decimal("1.50")),
        (OCTOBER + 10, "alwayson_month", Decimal("23.7096774194")),
    ]


def test_to_auto_stop_takes_effect_next_month() -> None:
    changed = replace(DESKTOP, running_mode="ALWAYS_ON", mode_changes=((OCTOBER + 10, "AUTO_STOP"),))
    lines = _lines(changed, hours={OCTOBER + 12: 5, 62: 2})
    assert sorted(lines)[1:] == [
        (OCTOBER, "alwayson_month", Decimal(35)),
        (61, "autostop_base", Decimal("9.75")),
        (62, "autostop_hours", Decimal("0.60")),
    ]


def test_a_change_taken_back_before_the_month_ends_costs_nothing_more() -> None:
    changes = ((OCTOBER + 10, "AUTO_STOP"), (OCTOBER + 20, "ALWAYS_ON"))
    changed = replace(DESKTOP, running_mode="ALWAYS_ON", mode_changes=changes)
    assert [amount for *_, amount in _lines(changed)] == [Decimal(35)] * 3


def test_a_terminated_desktop_keeps_its_month_and_pays_no_more() -> None:
    gone = replace(DESKTOP, running_mode="ALWAYS_ON", terminated_at=WINDOW.instant(OCTOBER + 3, 3600))
    assert [day for day, *_ in _lines(gone)] == [0, OCTOBER]


def test_licence_and_extra_storage_are_lines_of_their_own() -> None:
    hardware = replace(DESKTOP.hardware, compute_type="POWER", root_gib=175, user_gib=200)
    rich = replace(DESKTOP, running_mode="ALWAYS_ON", hardware=hardware, has_office=True)
    # Power 78; Office 15; 100 GB above 100 at 0.10.
    assert {fee: amount for day, fee, amount in _lines(rich) if day == 0} == {
        "alwayson_month": Decimal(78),
        "licence": Decimal(15),
        "storage": Decimal(10),
    }


def test_tax_is_eight_percent_in_whole_cents() -> None:
    taxes = [amount for _, fee, amount in _lines(replace(DESKTOP, running_mode="ALWAYS_ON"), tax=True) if fee == "tax"]
    assert taxes == [Decimal("2.80")] * 3


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1", "ap-southeast-1"])
def test_no_amount_needs_more_digits_than_a_double_keeps(region: str) -> None:
    created = replace(DESKTOP, region=region, running_mode="ALWAYS_ON", created_at=WINDOW.instant(OCTOBER + 17, 60))
    for *_, amount in _lines(created, tax=True):
        assert Decimal(repr(float(amount))) == amount


def test_known_list_prices_are_the_published_ones() -> None:
    book = PriceBook(valid_from=date(2025, 1, 1), change_on=date(2026, 10, 1))
    hardware = replace(DESKTOP.hardware, compute_type="POWER")
    row = book.at("ap-southeast-1", replace(hardware, user_gib=10), date(2026, 1, 1))
    assert [usd(row.monthly_e10), usd(row.base_e10), usd(row.hourly_e10)] == [116, 10, Decimal("0.99")]
    byol = book.at("ap-southeast-1", replace(hardware, root_gib=175, user_gib=100, os_license="byol"), date(2026, 1, 1))
    assert [usd(byol.monthly_e10), usd(byol.base_e10), usd(byol.hourly_e10)] == [120, 26, Decimal("0.95")]


def test_the_planted_price_change_is_four_percent() -> None:
    book = PriceBook(valid_from=date(2025, 1, 1), change_on=date(2026, 10, 1))
    before, after = (book.at("eu-west-1", DESKTOP.hardware, day) for day in (date(2026, 9, 30), date(2026, 10, 1)))
    assert (usd(before.monthly_e10), usd(after.monthly_e10)) == (37, Decimal("38.48"))


def _lines(
    desktop: Desktop, *, hours: dict[int, int] | None = None, tax: bool = False
) -> list[tuple[int, str, Decimal]]:
    """(day, fee, amount) of a client with this one desktop and no directory."""
    bundle = Bundle(bundle_id="wsb-000000001", owner=desktop.account_id, name="b", hardware=desktop.hardware)
    account = Account(
        account_id=desktop.account_id,
        name="acme-prod",
        regions=(desktop.region,),
        denied_region=None,
        external_id="x" * 24,
        directories=(),
        own_bundle=bundle,
    )
    client = ClientEstate(code="acme", name="Acme", accounts=(account,), desktops=(desktop,), admins=())
    estate = Estate(
        seed=1,
        scale=SCALES["small"],
        window=WINDOW,
        clients=(client,),
        hub_account_id="1",
        payer_account_id="2",
        payer_external_id="3",
    )
    running = np.zeros((1, WINDOW.days), dtype=np.uint8)
    for day, count in (hours or {}).items():
        running[0, day] = count
    book = TariffBook(PriceBook(valid_from=WINDOW.start, change_on=date(2027, 1, 1)))
    lines = draw_bill(estate, [running], book).lines
    fees = [book.tariffs[number].fee for number in lines.tariff]
    found = zip(lines.start_day.tolist(), fees, (usd(int(a)) for a in lines.amount_e10), strict=True)
    return [line for line in found if tax or line[1] != "tax"]
