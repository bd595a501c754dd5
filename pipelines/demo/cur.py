"""The CUR 2.0 data export as AWS delivers it: Parquet by billing period, with a manifest, under `s3/<bucket>/`.

Cost and quantity columns are `double`, as in AWS's own files; `bill.py` keeps each amount within 15 significant
digits, so the shortest text of the double (`repr`) is the exact amount. The months before the last are final and have
an invoice id; the current one has none.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.demo.bill import Bill, BillLines
from pipelines.demo.estate import Estate
from workbench.clock import next_month

BUCKET, PREFIX, EXPORT = "msp-cost-exports", "cur2", "workspaces"

_STRING_MAP = pa.map_(pa.string(), pa.string())
_INSTANT = pa.timestamp("ms")


def write_export(bill: Bill, estate: Estate, home: Path) -> int:
    """Write every billing period below `home`/s3; returns the number of lines written."""
    root = home / "s3" / BUCKET / PREFIX / EXPORT
    lines, window = bill.lines, estate.window
    lookups = _Lookups(bill, estate)
    for month, first in enumerate(window.month_starts):
        begin = window.month_start_day(month)
        chosen = np.flatnonzero((lines.start_day >= begin) & (lines.start_day < begin + window.month_days(month)))
        table = _table(lines.where(chosen), chosen, month, lookups, estate)
        period = f"BILLING_PERIOD={first:%Y-%m}"
        data = root / "data" / period
        data.mkdir(parents=True)
        pq.write_table(table, data / f"{EXPORT}-00001.snappy.parquet", compression="snappy")
        metadata = root / "metadata" / period
        metadata.mkdir(parents=True)
        (metadata / f"{EXPORT}-Manifest.json").write_bytes(_manifest(period, first, estate))
    return len(lines)


class _Lookups:
    """The columns that follow from a line's tariff, account or resource, as arrays to take from."""

    def __init__(self, bill: Bill, estate: Estate) -> None:
        tariffs = bill.book.tariffs
        self.tariff = {
            "line_item_line_item_type": _strings([t.line_type for t in tariffs]),
            "line_item_product_code": _strings([t.product_code for t in tariffs]),
            "line_item_usage_type": _strings([t.usage_type for t in tariffs]),
            "line_item_operation": _strings([t.operation for t in tariffs]),
            "line_item_line_item_description": _strings([t.description for t in tariffs]),
            "pricing_unit": _strings([t.unit for t in tariffs]),
            "product_region_code": _strings([t.region for t in tariffs]),
            "product": pa.array([list(t.product) for t in tariffs], type=_STRING_MAP),
        }
        self.price = np.array([t.price_e10 for t in tariffs], dtype=np.int64)
        names = {a.account_id: a.name for c in estate.clients for a in c.accounts}
        self.account = _strings(bill.accounts)
        self.account_name = _strings([names[account] for account in bill.accounts])
        # The last entry stands for "no resource", so that -1 finds it.
        self.resource = _strings([*bill.resources, ""])
        tags = [[(f"user_{_snake(key)}", value) for key, value in pairs] for pairs in bill.resource_tags]
        self.resource_tags = pa.array([*tags, []], type=_STRING_MAP)


def _table(lines: BillLines, numbers: Any, month: int, lookups: _Lookups, estate: Estate) -> pa.Table:
    window = estate.window
    first = window.month_starts[month]
    count = len(lines)
    is_open = month == len(window.month_starts) - 1
    tariff = pa.array(lines.tariff)
    resource = pa.array(np.where(lines.resource < 0, len(lookups.resource) - 1, lines.resource))
    columns: dict[str, Any] = {
        "identity_line_item_id": pc.binary_join_element_wise(
            f"li{first:%y%m}", pc.cast(pa.array(numbers), pa.string()), "-"
        ),
        "identity_time_interval": _same(f"{first}T00:00:00Z/{next_month(first)}T00:00:00Z", count),
        "bill_bill_type": _same("Anniversary", count),
        "bill_billing_entity": _same("AWS", count),
        "bill_billing_period_start_date": _midnights(np.full(count, window.day(first)), estate),
        "bill_billing_period_end_date": _midnights(np.full(count, window.day(next_month(first))), estate),
        "bill_invoice_id": pa.nulls(count, pa.string()) if is_open else _same(f"INV{first:%Y%m}001", count),
        "bill_payer_account_id": _same(estate.payer_account_id, count),
        "line_item_usage_account_id": lookups.account.take(pa.array(lines.account)),
        "line_item_usage_account_name": lookups.account_name.take(pa.array(lines.account)),
        "line_item_usage_start_date": _midnights(lines.start_day, estate),
        "line_item_usage_end_date": _midnights(lines.end_day, estate),
        "line_item_resource_id": lookups.resource.take(resource),
        "line_item_currency_code": _same("USD", count),
        "line_item_usage_amount": _doubles(lines.quantity_e10),
        "line_item_unblended_rate": pc.cast(_doubles(lookups.price[lines.tariff]), pa.string()),
        "line_item_unblended_cost": _doubles(lines.amount_e10),
        "pricing_currency": _same("USD", count),
        "pricing_term": _same("OnDemand", count),
        "pricing_public_on_demand_cost": _doubles(np.where(lines.quantity_e10 > 0, lines.amount_e10, 0)),
        "resource_tags": lookups.resource_tags.take(resource),
        **{name: values.take(tariff) for name, values in lookups.tariff.items()},
    }
    return pa.table(dict(sorted(columns.items())))


def _manifest(period: str, first: Any, estate: Estate) -> bytes:
    key = f"s3://{BUCKET}/{PREFIX}/{EXPORT}/data/{period}/{EXPORT}-00001.snappy.parquet"
    return orjson.dumps(
        {
            "exportArn": f"arn:aws:bcm-data-exports:us-east-1:{estate.payer_account_id}:export/{EXPORT}",
            "billingPeriod": {"start": f"{first}T00:00:00.000Z", "end": f"{next_month(first)}T00:00:00.000Z"},
            "dataFiles": [key],
            "format": "PARQUET",
            "compression": "SNAPPY",
        },
        option=orjson.OPT_INDENT_2,
    )


def _strings(values: list[str]) -> pa.Array:
    return pa.array(values, type=pa.string())


def _same(value: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), count)


def _doubles(e10: Any) -> pa.Array:
    # Both numbers are exact as doubles, so the quotient is the double nearest to the amount.
    return pa.array(e10 / 1e10)


def _midnights(days: Any, estate: Estate) -> pa.Array:
    first_ms = int(estate.window.instant(0).timestamp() * 1000)
    return pa.array(first_ms + np.asarray(days, dtype=np.int64) * 86_400_000).cast(_INSTANT)


def _snake(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key).lstrip("_")
