"""The price list, with the traps of the real one."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.pipelines.demo.aws import SimulatedAws

pytestmark = pytest.mark.aws
PRODUCT = {"productFamily": "Enterprise Applications", "regionCode": "ap-southeast-1", "license": "Included"}


@pytest.mark.parametrize(
    ("bundle", "mode", "prices"),
    [
        ("Power", "AlwaysOn", {"Month": Decimal(124)}),
        ("Power-0", "AlwaysOn", {"Month": Decimal(116)}),
        ("Power", "AutoStop", {"Month": Decimal(26), "Hour": Decimal("0.99")}),
        # The hour stands with the plain bundle alone.
        ("Power-0", "AutoStop", {"Month": Decimal(10)}),
    ],
)
def test_singapore_power_is_priced_as_published(
    aws: SimulatedAws, bundle: str, mode: str, prices: dict[str, Decimal]
) -> None:
    found = _products(aws, PRODUCT | {"bundle": bundle, "runningMode": mode})
    assert {_unit(p): _price(p) for p in found} == prices


def test_the_core_family_is_cheaper_under_the_same_name(aws: SimulatedAws) -> None:
    wanted = {"regionCode": "ap-southeast-1", "license": "Included", "bundle": "Power", "runningMode": "AlwaysOn"}
    found = {p["product"]["productFamily"]: _price(p) for p in _products(aws, wanted)}
    assert found == {"Enterprise Applications": Decimal(124), "WorkSpaces Core": Decimal(120)}


def test_the_changed_price_is_the_present_one(aws: SimulatedAws) -> None:
    wanted = PRODUCT | {"regionCode": "eu-west-1", "bundle": "Standard-1", "runningMode": "AlwaysOn"}
    # 37 and four percent more.
    assert [_price(p) for p in _products(aws, wanted)] == [Decimal("38.48")]


def test_pages_hold_a_hundred(aws: SimulatedAws) -> None:
    assert len(aws.hub_client("pricing").get_products(ServiceCode="AmazonWorkSpaces")["PriceList"]) == 100


def test_another_service_is_not_found(aws: SimulatedAws) -> None:
    with pytest.raises(ClientError, match="NotFoundException"):
        aws.hub_client("pricing").get_products(ServiceCode="AmazonEC2")


def _products(aws: SimulatedAws, wanted: dict[str, str]) -> list[dict[str, Any]]:
    filters = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in wanted.items()]
    pages = (
        aws.hub_client("pricing")
        .get_paginator("get_products")
        .paginate(ServiceCode="AmazonWorkSpaces", Filters=filters)
    )
    return [json.loads(text) for page in pages for text in page["PriceList"]]


def _dimension(product: dict[str, Any]) -> dict[str, Any]:
    (term,) = product["terms"]["OnDemand"].values()
    (dimension,) = term["priceDimensions"].values()
    return dict(dimension)


def _unit(product: dict[str, Any]) -> str:
    return str(_dimension(product)["unit"])


def _price(product: dict[str, Any]) -> Decimal:
    return Decimal(_dimension(product)["pricePerUnit"]["USD"])
