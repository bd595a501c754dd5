"""A month of the export: added up exactly, whatever AWS made of the numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.billed_month import NEEDED_COLUMNS, BilledMonth, ExportLacksColumns

ACCOUNT = "100000000001"
ARN = f"arn:aws:workspaces:eu-west-1:{ACCOUNT}:workspace/ws-aaaaaaaaa"
COLUMNS = (
    *("workspace_id", "resource_id", "region", "service", "usage_type", "charge_type", "fee_class", "description"),
    *("start_date", "end_date", "usage_quantity", "usage_unit", "amount", "amount_list", "currency", "invoice_id"),
    "is_estimated",
)


def line(**changes: Any) -> dict[str, Any]:
    start: datetime = changes.pop("start", datetime(2026, 10, 5, tzinfo=UTC))
    return {
        "bill_invoice_id": "INV1",
        "line_item_currency_code": "USD",
        "line_item_line_item_description": "0.3 USD/hour-Hourly Standard",
        "line_item_line_item_type": "Usage",
        "line_item_product_code": "AmazonWorkSpaces",
        "line_item_resource_id": ARN,
        "line_item_unblended_cost": 0.3,
        "line_item_usage_account_id": ACCOUNT,
        "line_item_usage_amount": 1.0,
        "line_item_usage_end_date": changes.pop("end", start.replace(day=start.day + 1)),
        "line_item_usage_start_date": start,
        "line_item_usage_type": "EU-AW-HW-2-AutoStop-Usage",
        "pricing_public_on_demand_cost": 0.3,
        "pricing_unit": "Hour",
        "product_region_code": "eu-west-1",
        **changes,
    }


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    def read_lines(*lines: dict[str, Any]) -> list[dict[str, Any]]:
        file = tmp_path / "lines.parquet"
        pq.write_table(pa.Table.from_pylist(list(lines)), file)
        with BilledMonth([file]) as month:
            return [dict(zip(COLUMNS, row, strict=True)) for row in month.lines_of(ACCOUNT)]

    return read_lines


def test_a_line_is_read_as_it_stands(read: Any) -> None:
    assert read(line()) == [
        {
            "workspace_id": "ws-aaaaaaaaa",
            "resource_id": ARN,
            "region": "eu-west-1",
            "service": "Amazon WorkSpaces",
            "usage_type": "EU-AW-HW-2-AutoStop-Usage",
            "charge_type": "Usage",
            "fee_class": "autostop_hours",
            "description": "0.3 USD/hour-Hourly Standard",
            "start_date": date(2026, 10, 5),
            "end_date": date(2026, 10, 6),
            "usage_quantity": Decimal("1.0000000000"),
            "usage_unit": "Hour",
            "amount": Decimal("0.3000000000"),
            "amount_list": Decimal("0.3000000000"),
            "currency": "USD",
            "invoice_id": "INV1",
            "is_estimated": False,
        }
    ]


def test_doubles_are_added_up_as_the_decimals_they_stand_for(read: Any) -> None:
    # As doubles 0.1 + 0.2 is 0.30000000000000004, and ten times 0.1 is 0.9999999999999999.
    [row] = read(line(line_item_unblended_cost=0.1), line(line_item_unblended_cost=0.2))
    assert row["amount"] == Decimal("0.3")
    [row] = read(*[line(line_item_unblended_cost=0.1)] * 10)
    assert row["amount"] == Decimal(1)


def test_tiny_and_large_amounts_keep_their_digits(read: Any) -> None:
    amounts = ["0.0000000001", "99999.1234567891", "-37.2", "1e-05"]
    rows = read(*[line(line_item_unblended_cost=float(a), line_item_line_item_description=a) for a in amounts])
    assert {row["description"]: row["amount"] for row in rows} == {a: Decimal(a) for a in amounts}


def test_decimal_columns_work_as_well(read: Any) -> None:
    [row] = read(line(line_item_unblended_cost=Decimal("12.3400000001")))
    assert row["amount"] == Decimal("12.3400000001")


def test_the_hours_of_a_day_become_one_line(read: Any) -> None:
    hours = [
        line(
            start=datetime(2026, 10, 5, hour, tzinfo=UTC),
            end=datetime(2026, 10, 5 + (hour == 23), (hour + 1) % 24, tzinfo=UTC),
        )
        for hour in (9, 10, 23)
    ]
    [row] = read(*hours)
    assert (row["start_date"], row["end_date"]) == (date(2026, 10, 5), date(2026, 10, 6))
    assert (row["usage_quantity"], row["amount"]) == (Decimal(3), Decimal("0.9"))


def test_tax_has_neither_resource_nor_workspace(read: Any) -> None:
    [row] = read(
        line(
            line_item_line_item_type="Tax",
            line_item_resource_id="",
            line_item_usage_type="",
            line_item_line_item_description="Tax for product code AmazonWorkSpaces",
            product_region_code="",
            end=datetime(2026, 11, 1, tzinfo=UTC),
        )
    )
    assert (row["workspace_id"], row["resource_id"], row["region"], row["fee_class"]) == (None, None, None, "tax")


def test_the_region_comes_from_the_arn_if_nothing_else_tells(read: Any) -> None:
    [row] = read(line(product_region_code=None))
    assert row["region"] == "eu-west-1"


def test_a_directory_is_no_workspace(read: Any) -> None:
    arn = f"arn:aws:ds:eu-west-1:{ACCOUNT}:directory/d-1234567890"
    [row] = read(line(line_item_product_code="AWSDirectoryService", line_item_resource_id=arn))
    assert (row["workspace_id"], row["service"], row["fee_class"]) == (None, "AWS Directory Service", "directory")


def test_other_services_and_other_accounts_stay_out(read: Any) -> None:
    assert read(line(line_item_product_code="AmazonEC2"), line(line_item_usage_account_id="999999999999")) == []


def test_a_line_without_invoice_is_estimated(read: Any) -> None:
    [row] = read(line(bill_invoice_id=None), line())
    assert row["is_estimated"] is True


def test_unknown_usage_types_and_strangers_are_told(tmp_path: Path) -> None:
    odd = line(line_item_usage_type="AW-HW-99", line_item_line_item_description="7 USD/month-unpublished")
    file = tmp_path / "lines.parquet"
    pq.write_table(pa.Table.from_pylist([odd, line(), line(line_item_usage_account_id="999999999999")]), file)
    with BilledMonth([file]) as month:
        assert month.unknown_usage_types == ["AW-HW-99"]
        assert month.lines_by_account == {ACCOUNT: 2, "999999999999": 1}


@pytest.mark.parametrize("column", sorted(NEEDED_COLUMNS))
def test_a_column_that_is_missing_is_named(tmp_path: Path, column: str) -> None:
    file = tmp_path / "lines.parquet"
    pq.write_table(pa.Table.from_pylist([{k: v for k, v in line().items() if k != column}]), file)
    with pytest.raises(ExportLacksColumns, match=column):
        BilledMonth([file])
