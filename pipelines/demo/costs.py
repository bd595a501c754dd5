"""What Cost Explorer adds up: the lines of the bill by account, day, service, usage type, record type and region.

Made from the very lines of the CUR export, in whole numbers, so both agree to the last digit.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.demo.bill import Bill
from pipelines.demo.estate import Estate
from pipelines.demo.tariffs import SERVICE_NAMES

#: How Cost Explorer calls a usage type that is not there, as on tax.
NO_USAGE_TYPE = "NoUsageType"


def write_costs(bill: Bill, estate: Estate, file: Path) -> None:
    """Write one row per account, day, service, usage type, record type and region, ordered by them."""
    lines, tariffs = bill.lines, bill.book.tariffs
    # Cost Explorer shows tax as a service of its own.
    services = ["Tax" if t.line_type == "Tax" else SERVICE_NAMES[t.product_code] for t in tariffs]
    tariff = pa.array(lines.tariff)
    table = pa.table(
        {
            "account_id": pa.array(bill.accounts).take(pa.array(lines.account)),
            "day": lines.start_day,
            "service": pa.array(services).take(tariff),
            "usage_type": pa.array([t.usage_type or NO_USAGE_TYPE for t in tariffs]).take(tariff),
            "record_type": pa.array([t.line_type for t in tariffs]).take(tariff),
            "region": pa.array([t.region for t in tariffs]).take(tariff),
            "unit": pa.array([t.unit or "N/A" for t in tariffs]).take(tariff),
            "amount_e10": lines.amount_e10,
            "quantity_e10": lines.quantity_e10,
        }
    )
    keys = ["account_id", "day", "service", "usage_type", "record_type", "region", "unit"]
    summed = table.group_by(keys, use_threads=False).aggregate([("amount_e10", "sum"), ("quantity_e10", "sum")])
    summed = summed.rename_columns([name.removesuffix("_sum") for name in summed.column_names])
    pq.write_table(summed.sort_by([(key, "ascending") for key in keys]), file)
