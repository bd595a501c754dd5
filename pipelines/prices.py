"""List prices: the dated list that ships with the workbench, and on top of it a list of one's own.

Shipped rows with `is_estimate` are derived from known ones by three rules, which fit all known prices of Singapore: the
base fee of AutoStop depends on storage alone; half the difference of two base fees is the difference of the monthly
ones; without the Windows licence a month costs 4 USD and an hour 0.04 USD less. Their `valid_from` is where the list
begins, not the day on which AWS set the price. One's own list (WORKBENCH_PRICE_FILE) is for negotiated prices and for
regions that the shipped one lacks.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from pipelines.load import upsert
from pipelines.run import Context, Outcome, Run, run_pipeline
from pipelines.tables import PRICE_LIST
from workbench.errors import WorkbenchError

SYNC_TYPE = "prices"
SHIPPED = Path(__file__).with_name("price_list.csv")
# Our words are AWS's own of the Price List API; shorter ones are taken too.
_LICENSES = {"included": "Included", "byol": "Bring Your Own License", "none": "None"}


class PriceFileIsWrong(WorkbenchError):
    """A row of a price file cannot be used."""


def run(context: Context) -> Outcome:
    """Load the shipped list, then one's own over it."""

    def load(run: Run) -> None:
        own = context.settings.price_file
        rows = [*read_prices(SHIPPED), *(read_prices(Path(own)) if own else ())]
        with context.postgres.connection() as connection:
            run.add(upsert(connection, PRICE_LIST, rows))

    return run_pipeline(context, SYNC_TYPE, load)


def read_prices(file: Path) -> Iterator[tuple[object, ...]]:
    """The rows of a price file in the order of PRICE_LIST. Raises PriceFileIsWrong naming the line."""
    try:
        stream = file.open(newline="", encoding="utf-8")
    except FileNotFoundError:
        raise PriceFileIsWrong(f"There is no price file {file}.", do="Correct WORKBENCH_PRICE_FILE.") from None
    with stream:
        for number, row in enumerate(csv.DictReader(stream), start=2):
            try:
                yield (
                    row["region"],
                    row["compute_type"],
                    _LICENSES.get(row["os_license"].lower(), row["os_license"]),
                    int(row["root_gib"]),
                    int(row["user_gib"]),
                    date.fromisoformat(row["valid_from"]),
                    _usd(row["always_on_usd"]),
                    _usd(row["auto_stop_usd"]),
                    _usd(row["hourly_usd"]),
                    row.get("source") or file.name,
                    row["is_estimate"].lower() == "true",
                )
            except (KeyError, ValueError, InvalidOperation) as error:
                raise PriceFileIsWrong(
                    f"{file.name}, line {number}: {type(error).__name__} {error}.",
                    do="Columns are those of pipelines/price_list.csv; amounts are plain decimals, dates YYYY-MM-DD.",
                ) from error


def _usd(text: str) -> Decimal | None:
    return Decimal(text) if text else None
