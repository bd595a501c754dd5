"""One month of the CUR export, added up and classified in DuckDB, handed out account by account.

Invariant: amounts are decimals from the moment the Parquet is read; no sum is ever a float.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa

from workbench.domain.fees import FeeClass, fee_class
from workbench.errors import WorkbenchError
from workbench.queries import query

NEEDED_COLUMNS = frozenset(
    {
        "bill_invoice_id",
        "line_item_currency_code",
        "line_item_line_item_description",
        "line_item_line_item_type",
        "line_item_product_code",
        "line_item_resource_id",
        "line_item_unblended_cost",
        "line_item_usage_account_id",
        "line_item_usage_amount",
        "line_item_usage_end_date",
        "line_item_usage_start_date",
        "line_item_usage_type",
        "pricing_public_on_demand_cost",
        "pricing_unit",
        "product_region_code",
    }
)


class ExportLacksColumns(WorkbenchError):
    """The export was set up without columns that bills cannot be read without."""


class BilledMonth:
    """The lines of one billing period. Use it in a `with`."""

    def __init__(self, files: list[Path]) -> None:
        self._db = duckdb.connect(":memory:", config={"threads": 1})
        self._db.execute("SET TimeZone = 'UTC'")
        names = [str(file) for file in files]
        described = self._db.execute(
            "DESCRIBE SELECT * FROM read_parquet($files, union_by_name = true)", {"files": names}
        )
        missing = NEEDED_COLUMNS - {row[0] for row in described.fetchall()}
        if missing:
            raise ExportLacksColumns(
                f"The CUR export has no column {', '.join(sorted(missing))}.",
                do="Add them to the export's query (with resource ids included) and wait for the next delivery.",
            )
        self._db.execute(f"CREATE TABLE billed_lines AS {query('duckdb/pipelines/cur_lines').text}", {"files": names})
        self.unknown_usage_types = self._classify()

    def __enter__(self) -> Self:
        """The month itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free the memory."""
        self._db.close()

    @property
    def lines_by_account(self) -> dict[str, int]:
        """How many lines each account has in it, ours or not."""
        return dict(self._db.execute("SELECT account_id, count(*) FROM billed_lines GROUP BY account_id").fetchall())

    def lines_of(self, account_id: str) -> Iterator[tuple[Any, ...]]:
        """The lines of an account, columns as in sql/duckdb/pipelines/account_lines.sql."""
        cursor = self._db.execute(query("duckdb/pipelines/account_lines").text, {"account_id": account_id})
        while rows := cursor.fetchmany(10_000):
            yield from rows

    def _classify(self) -> list[str]:
        """Name each kind of line once, in Python, and return the usage types that fit no documented form."""
        found = self._db.sql("SELECT DISTINCT charge_type, service, usage_type, description FROM billed_lines")
        kinds: list[dict[str, str | None]] = found.to_arrow_table().to_pylist()
        for kind in kinds:
            kind["fee_class"] = fee_class(
                charge_type=kind["charge_type"] or "",
                service=kind["service"] or "",
                usage_type=kind["usage_type"] or "",
                description=kind["description"] or "",
            ).value
        schema = pa.schema([(name, pa.string()) for name in (*found.columns, "fee_class")])
        self._db.register("line_kinds", pa.Table.from_pylist(kinds, schema=schema))
        return sorted({str(kind["usage_type"]) for kind in kinds if kind["fee_class"] == FeeClass.OTHER})
