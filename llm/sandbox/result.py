"""The answer to a query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResult:
    """Columns, rows and how long it took. Decimals stay Decimal, instants stay aware."""

    table: pa.Table
    types: tuple[str, ...]  #: DuckDB's name of each column's type, e.g. DECIMAL(18,10)
    truncated: bool  #: there were more rows than may be returned
    seconds: float  #: in the engine, without waiting for a slot

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns; two may be equal."""
        return tuple(self.table.column_names)

    @property
    def row_count(self) -> int:
        """Rows in hand; if `truncated`, not the number that there are."""
        return int(self.table.num_rows)

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """The rows as Python values, in the query's order."""
        return list(self._rows())

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        if not self.table.num_columns:
            return iter(())
        return zip(*(column.to_pylist() for column in self.table.columns), strict=True)
