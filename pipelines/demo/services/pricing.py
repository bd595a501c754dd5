"""AWS Price List: GetProducts of AmazonWorkSpaces, 100 a page, filters exact.

As AWS lists them: storage variants are bundles of their own (`Power` is 175/100, `Power-0` 80/10, `-1` 80/50, `-2`
80/100), monthly fees stand with each, the AutoStop hour with the plain bundle alone. The cheaper `WorkSpaces Core`
family has the same bundle names and is another product. Only the prices of the last day are known here.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from pipelines.demo.refusals import Refusal
from pipelines.demo.regions import REGIONS
from pipelines.demo.services import Call, Handler
from pipelines.demo.services.paging import page_of

PAGE = 100
FAMILY, CORE_FAMILY = "Enterprise Applications", "WorkSpaces Core"
_SUFFIX = {("80", "10"): "-0", ("80", "50"): "-1", ("80", "100"): "-2", ("175", "100"): ""}
_LICENSES = {
    "included": ("Windows", "Included"),
    "byol": ("Windows", "Bring Your Own License"),
    "none": ("Amazon Linux", "None"),
}

type Json = dict[str, Any]


class Pricing:
    """The price list of WorkSpaces."""

    def __init__(self, home: Path) -> None:
        as_of: str = orjson.loads((home / "api" / "window.json").read_bytes())["as_of"]
        latest: dict[tuple[str, ...], dict[str, str]] = {}
        with (home / "prices.csv").open(newline="", encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                key = tuple(row[name] for name in ("region", "compute_type", "os_license", "root_gib", "user_gib"))
                if row["valid_from"] <= as_of and (key not in latest or row["valid_from"] > latest[key]["valid_from"]):
                    latest[key] = row
        self._products = [product for row in latest.values() for product in _products(row)]
        self.operations: dict[str, Handler] = {"GetProducts": self._get_products}

    def _get_products(self, call: Call) -> Json:
        params = call.params
        if params["ServiceCode"] != "AmazonWorkSpaces":
            raise Refusal("NotFoundException", f"The service {params['ServiceCode']} is not in this price list.")
        found = self._products
        for wanted in params.get("Filters") or []:
            if wanted["Type"] != "TERM_MATCH":
                raise Refusal("InvalidParameterException", "Only TERM_MATCH filters are answered here.")
            found = [p for p in found if _value(p, wanted["Field"]) == wanted["Value"]]
        size = params.get("MaxResults", PAGE)
        shown, token = page_of(found, size, params, member="NextToken", refusal="InvalidNextTokenException")
        answer: Json = {"FormatVersion": "aws_v1", "PriceList": [orjson.dumps(product).decode() for product in shown]}
        return answer | ({"NextToken": token} if token else {})


def _value(product: Json, field: str) -> str | None:
    if field == "productFamily":
        return str(product["product"]["productFamily"])
    found: str | None = product["product"]["attributes"].get(field)
    return found


def _products(row: dict[str, str]) -> Iterator[Json]:
    storage = (row["root_gib"], row["user_gib"])
    name = row["compute_type"].title().replace("Powerpro", "PowerPro") + _SUFFIX[storage]
    yield _product(row, name, "AlwaysOn", "Month", row["always_on_usd"])
    yield _product(row, name, "AutoStop", "Month", row["auto_stop_usd"])
    if storage == ("175", "100"):
        yield _product(row, name, "AutoStop", "Hour", row["hourly_usd"])
    if row["os_license"] == "included":
        yield _product(row, name, "AlwaysOn", "Month", str(Decimal(row["always_on_usd"]) - 4), family=CORE_FAMILY)


def _product(row: dict[str, str], bundle: str, mode: str, unit: str, price: str, *, family: str = FAMILY) -> Json:
    system, license_name = _LICENSES[row["os_license"]]
    attributes = {
        "servicecode": "AmazonWorkSpaces",
        "servicename": "Amazon WorkSpaces",
        "regionCode": row["region"],
        "location": REGIONS[row["region"]].long_name,
        "bundle": bundle,
        "runningMode": mode,
        "license": license_name,
        "operatingSystem": system,
        "resourceType": "Hardware",
        "softwareIncluded": "None",
        "storage": f"Root:{row['root_gib']} GB,User:{row['user_gib']} GB",
    }
    # A SKU follows from what is sold, so it stays when the price changes.
    label = orjson.dumps([family, unit, attributes], option=orjson.OPT_SORT_KEYS)
    sku = hashlib.sha256(label).hexdigest()[:16].upper()
    dimension = {
        "rateCode": f"{sku}.JRTCKXETXF.6YS6EN2CT7",
        "unit": unit,
        "beginRange": "0",
        "endRange": "Inf",
        "description": f"{price} USD/{unit.lower()} {mode} {bundle}",
        "appliesTo": [],
        "pricePerUnit": {"USD": f"{Decimal(price):.10f}"},
    }
    term = {
        "offerTermCode": "JRTCKXETXF",
        "sku": sku,
        "effectiveDate": f"{row['valid_from']}T00:00:00Z",
        "termAttributes": {},
        "priceDimensions": {dimension["rateCode"]: dimension},
    }
    return {
        "product": {"productFamily": family, "sku": sku, "attributes": attributes},
        "serviceCode": "AmazonWorkSpaces",
        "terms": {"OnDemand": {f"{sku}.JRTCKXETXF": term}},
        "version": row["valid_from"].replace("-", ""),
        "publicationDate": f"{row['valid_from']}T00:00:00Z",
    }
