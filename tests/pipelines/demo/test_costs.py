"""Cost Explorer and the CUR export: each by itself, and that they agree to the last digit."""

from __future__ import annotations

import io
import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError

from tests.pipelines.demo.aws import SimulatedAws

pytestmark = pytest.mark.aws
MONTHS = ("2026-06", "2026-07", "2026-08", "2026-09", "2026-10", "2026-11")
WHOLE = {"Start": "2026-06-01", "End": "2026-12-01"}
BY_ACCOUNT_AND_TYPE = [{"Type": "DIMENSION", "Key": "LINKED_ACCOUNT"}, {"Type": "DIMENSION", "Key": "USAGE_TYPE"}]


@pytest.fixture(scope="module")
def lines(aws: SimulatedAws) -> list[dict[str, Any]]:
    """Every line of the export, read through S3; the cost as the shortest text of its double says."""
    s3 = aws.payer_client("s3")
    prefix = f"{aws.cur['prefix']}/{aws.cur['export']}/"
    found: list[dict[str, Any]] = []
    for month in MONTHS:
        key = f"{prefix}metadata/BILLING_PERIOD={month}/{aws.cur['export']}-Manifest.json"
        manifest = json.loads(s3.get_object(Bucket=aws.cur["bucket"], Key=key)["Body"].read())
        for address in manifest["dataFiles"]:
            bucket, _, data_key = address.removeprefix("s3://").partition("/")
            body = s3.get_object(Bucket=bucket, Key=data_key)["Body"].read()
            found.extend(pq.read_table(io.BytesIO(body)).to_pylist())
    for line in found:
        line["cost"] = Decimal(repr(line["line_item_unblended_cost"]))
        line["month"] = f"{line['bill_billing_period_start_date']:%Y-%m}"
    return found


def test_cost_explorer_equals_the_export_by_account_month_and_usage_type(
    aws: SimulatedAws, lines: list[dict[str, Any]]
) -> None:
    billed: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for line in lines:
        billed[line["month"], line["line_item_usage_account_id"], line["line_item_usage_type"] or "NoUsageType"] += (
            line["cost"]
        )
    explored = {
        (result["TimePeriod"]["Start"][:7], *group["Keys"]): Decimal(group["Metrics"]["UnblendedCost"]["Amount"])
        for result in _explore(aws, GroupBy=BY_ACCOUNT_AND_TYPE)
        for group in result["Groups"]
    }
    assert explored == billed
    assert len(explored) > 100


def test_a_clients_months_are_what_the_generator_says(aws: SimulatedAws, lines: list[dict[str, Any]]) -> None:
    codes = {account["account_id"]: account["client_code"] for account in aws.accounts}
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(MONTHS, Decimal()))
    for line in lines:
        sums[codes[line["line_item_usage_account_id"]]][line["month"]] += line["cost"]
    stated = aws.expected["totals"]["cost_by_client_month"]
    assert sums == {code: {month: Decimal(cost) for month, cost in months.items()} for code, months in stated.items()}


def test_lines_by_account_are_what_the_generator_says(aws: SimulatedAws, lines: list[dict[str, Any]]) -> None:
    counts: dict[str, int] = defaultdict(int)
    for line in lines:
        counts[line["line_item_usage_account_id"]] += 1
    assert counts == aws.expected["totals"]["cur_lines_by_account"]


def test_line_ids_are_unique(lines: list[dict[str, Any]]) -> None:
    assert len({line["identity_line_item_id"] for line in lines}) == len(lines)


def test_no_two_lines_state_the_same_fee_of_a_resource_and_day(lines: list[dict[str, Any]]) -> None:
    # What the record's unique key is made of: a second such line would overwrite the first.
    fields = (
        "bill_billing_period_start_date",
        "line_item_usage_account_id",
        "line_item_resource_id",
        "product_region_code",
        "line_item_product_code",
        "line_item_usage_type",
        "line_item_line_item_type",
        "line_item_line_item_description",
        "line_item_usage_start_date",
        "line_item_usage_end_date",
    )
    keys = [tuple(line[field] for field in fields) for line in lines]
    assert len(keys) == len(set(keys))


def test_auto_stop_hours_fit_into_their_day(lines: list[dict[str, Any]]) -> None:
    hours = [line for line in lines if line["line_item_usage_type"].endswith("AutoStop-Usage")]
    assert hours
    assert all(1 <= line["line_item_usage_amount"] <= 24 for line in hours)


def test_a_unit_price_times_the_quantity_is_the_cost(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        if line["pricing_unit"] == "Hour":
            rate, quantity = Decimal(line["line_item_unblended_rate"]), Decimal(repr(line["line_item_usage_amount"]))
            assert rate * quantity == line["cost"]


def test_the_present_month_is_estimated_and_has_no_invoice(aws: SimulatedAws, lines: list[dict[str, Any]]) -> None:
    estimated = {result["TimePeriod"]["Start"][:7]: result["Estimated"] for result in _explore(aws)}
    assert estimated == {month: month == "2026-11" for month in MONTHS}
    assert {line["month"] for line in lines if line["bill_invoice_id"] is None} == {"2026-11"}


def test_the_service_filter_leaves_tax_out(aws: SimulatedAws, lines: list[dict[str, Any]]) -> None:
    wanted = sum(
        line["cost"]
        for line in lines
        if line["line_item_product_code"] == "AmazonWorkSpaces" and line["line_item_line_item_type"] != "Tax"
    )
    results = _explore(aws, Filter={"Dimensions": {"Key": "SERVICE", "Values": ["Amazon WorkSpaces"]}})
    assert sum(Decimal(result["Total"]["UnblendedCost"]["Amount"]) for result in results) == wanted


def test_days_add_up_to_months(aws: SimulatedAws) -> None:
    period = {"Start": "2026-10-01", "End": "2026-11-01"}
    days = _explore(aws, TimePeriod=period, Granularity="DAILY")
    months = _explore(aws, TimePeriod=period)
    assert len(days) == 31
    assert sum(Decimal(day["Total"]["UnblendedCost"]["Amount"]) for day in days) == Decimal(
        months[0]["Total"]["UnblendedCost"]["Amount"]
    )


def test_a_linked_account_sees_itself_alone(aws: SimulatedAws) -> None:
    account_id = aws.accounts[1]["account_id"]
    answer = aws.client("ce", account_id, "us-east-1").get_cost_and_usage(
        TimePeriod=WHOLE, Granularity="MONTHLY", Metrics=["UnblendedCost"], GroupBy=BY_ACCOUNT_AND_TYPE
    )
    assert {group["Keys"][0] for result in answer["ResultsByTime"] for group in result["Groups"]} == {account_id}


def test_many_groups_come_in_pages(aws: SimulatedAws) -> None:
    request = {
        "TimePeriod": WHOLE,
        "Granularity": "DAILY",
        "Metrics": ["UnblendedCost"],
        "GroupBy": BY_ACCOUNT_AND_TYPE,
    }
    page = aws.payer_client("ce").get_cost_and_usage(**request)
    assert sum(len(result["Groups"]) for result in page["ResultsByTime"]) == 500
    daily = [Decimal(g["Metrics"]["UnblendedCost"]["Amount"]) for r in _explore(aws, **request) for g in r["Groups"]]
    monthly = [Decimal(r["Total"]["UnblendedCost"]["Amount"]) for r in _explore(aws)]
    assert sum(daily) == sum(monthly)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"TimePeriod": {"Start": "2025-09-30", "End": "2026-01-01"}}, "too old"),
        ({"TimePeriod": {"Start": "2026-11-01", "End": "2026-12-02"}}, "next month"),
        ({"TimePeriod": {"Start": "2026-11-01", "End": "2026-11-01"}}, "before end date"),
        ({"GroupBy": [*BY_ACCOUNT_AND_TYPE, {"Type": "DIMENSION", "Key": "SERVICE"}]}, "at most two"),
        ({"GroupBy": [{"Type": "TAG", "Key": "Owner"}]}, "DIMENSION"),
        ({"Granularity": "HOURLY"}, "HOURLY"),
        ({"Metrics": ["Cost"]}, "Metrics must be"),
    ],
)
def test_what_cost_explorer_would_not_answer_is_refused(
    aws: SimulatedAws, change: dict[str, Any], message: str
) -> None:
    request = {"TimePeriod": WHOLE, "Granularity": "MONTHLY", "Metrics": ["UnblendedCost"]} | change
    with pytest.raises(ClientError, match=message):
        aws.payer_client("ce").get_cost_and_usage(**request)


def _explore(aws: SimulatedAws, **change: Any) -> list[dict[str, Any]]:
    """All results of all pages."""
    request = {"TimePeriod": WHOLE, "Granularity": "MONTHLY", "Metrics": ["UnblendedCost"]} | change
    results: list[dict[str, Any]] = []
    while True:
        answer = aws.payer_client("ce").get_cost_and_usage(**request)
        results.extend(answer["ResultsByTime"])
        if "NextPageToken" not in answer:
            return results
        request["NextPageToken"] = answer["NextPageToken"]
