"""Cost Explorer of the payer: what each account was charged per month, by usage type and by record type.

Every page costs 0.01 USD, so it is asked as rarely and as coarsely as reconciliation allows. Tax is a service of its
own here and covers whatever the account was taxed for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pipelines.aws.connect import AwsRegion

KEPT_MONTHS = 13  # before the current one
USAGE_SERVICES = ("Amazon WorkSpaces", "AWS Directory Service")
TAX_SERVICE = "Tax"

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The charges of one account, month and kind."""

    account_id: str
    month: date
    service: str
    usage_type: str
    charge_type: str
    amount: Decimal
    currency: str
    usage_quantity: Decimal | None
    usage_unit: str | None
    is_estimated: bool


def monthly_costs(region: AwsRegion, start: date, end: date) -> Iterator[Cost]:
    """Costs of all linked accounts in the months [start, end), both the 1st of a month; unblended, as invoiced."""
    for service in USAGE_SERVICES:
        only_usage = {"And": [_is("SERVICE", service), _is("RECORD_TYPE", "Usage")]}
        for month, account_id, usage_type, group, is_estimated in _grouped(
            region, start, end, "USAGE_TYPE", only_usage
        ):
            quantity = group["Metrics"]["UsageQuantity"]
            yield Cost(
                account_id=account_id,
                month=month,
                service=service,
                usage_type=usage_type,
                charge_type="Usage",
                is_estimated=is_estimated,
                usage_quantity=Decimal(quantity["Amount"]),
                usage_unit=quantity.get("Unit"),
                **_money(group),
            )
    rest = {"And": [_is("SERVICE", *USAGE_SERVICES, TAX_SERVICE), {"Not": _is("RECORD_TYPE", "Usage")}]}
    for month, account_id, record_type, group, is_estimated in _grouped(region, start, end, "RECORD_TYPE", rest):
        yield Cost(
            account_id=account_id,
            month=month,
            service=TAX_SERVICE if record_type == "Tax" else USAGE_SERVICES[0],
            usage_type="",
            charge_type=record_type,
            is_estimated=is_estimated,
            usage_quantity=None,
            usage_unit=None,
            **_money(group),
        )


def _grouped(
    region: AwsRegion, start: date, end: date, dimension: str, chosen: Json
) -> Iterator[tuple[date, str, str, Json, bool]]:
    """(month, account, key of `dimension`, group, is estimated) of all pages; boto3 has no paginator for this call."""
    client = region.client("ce")
    token: dict[str, str] = {}
    while True:
        answer = client.get_cost_and_usage(
            TimePeriod={"Start": start.isoformat(), "End": end.isoformat()},
            Granularity="MONTHLY",
            Metrics=["UnblendedCost", "UsageQuantity"],
            GroupBy=[{"Type": "DIMENSION", "Key": "LINKED_ACCOUNT"}, {"Type": "DIMENSION", "Key": dimension}],
            Filter=chosen,
            **token,
        )
        for period in answer["ResultsByTime"]:
            month = date.fromisoformat(period["TimePeriod"]["Start"])
            for group in period["Groups"]:
                account_id, key = group["Keys"]
                yield month, account_id, key, group, bool(period.get("Estimated"))
        if not answer.get("NextPageToken"):
            return
        token = {"NextPageToken": answer["NextPageToken"]}


def _is(dimension: str, *values: str) -> Json:
    return {"Dimensions": {"Key": dimension, "Values": list(values)}}


def _money(group: Json) -> Json:
    cost = group["Metrics"]["UnblendedCost"]
    return {"amount": Decimal(cost["Amount"]), "currency": cost["Unit"]}
