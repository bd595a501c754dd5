"""The price list: what ships, and one's own over it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pipelines.prices import SHIPPED, PriceFileIsWrong, read_prices
from pipelines.tables import PRICE_LIST

Row = dict[str, Any]


def rows_of(file: Path) -> list[Row]:
    return [dict(zip(PRICE_LIST.columns, row, strict=True)) for row in read_prices(file)]


def price(rows: list[Row], region: str, compute_type: str, root_gib: int, os_license: str = "Included") -> Row:
    [row] = [
        r
        for r in rows
        if (r["region"], r["compute_type"], r["root_gib"], r["os_license"])
        == (region, compute_type, root_gib, os_license)
        and not r["is_estimate"]
    ]
    return row


@pytest.mark.parametrize(
    ("region", "compute_type", "root_gib", "always_on", "base", "hourly", "break_even"),
    [
        # Published prices and their break-even hours: (always on − base) / hourly.
        ("us-east-1", "VALUE", 80, "25", "7.25", "0.22", "80.7"),
        ("us-east-1", "STANDARD", 80, "35", "9.75", "0.30", "84.2"),
        ("us-east-1", "PERFORMANCE", 80, "50", "13", "0.47", "78.7"),
        ("us-east-1", "POWER", 175, "78", "19", "0.68", "86.8"),
        ("us-east-1", "POWERPRO", 175, "140", "19", "1.53", "79.1"),
        ("eu-west-1", "STANDARD", 80, "37", "11", "0.32", "81.2"),
        ("ap-southeast-1", "POWER", 175, "124", "26", "0.99", "99.0"),
        ("ap-southeast-1", "POWER", 80, "116", "10", "0.99", "107.1"),
    ],
)
def test_published_prices_ship_as_published(
    region: str, compute_type: str, root_gib: int, always_on: str, base: str, hourly: str, break_even: str
) -> None:
    row = price(rows_of(SHIPPED), region, compute_type, root_gib)
    assert (row["always_on_usd"], row["auto_stop_usd"], row["hourly_usd"]) == (
        Decimal(always_on),
        Decimal(base),
        Decimal(hourly),
    )
    hours = (row["always_on_usd"] - row["auto_stop_usd"]) / row["hourly_usd"]
    assert round(hours, 1) == Decimal(break_even)


def test_every_row_names_its_source_and_most_say_that_they_are_derived() -> None:
    rows = rows_of(SHIPPED)
    assert all(row["source"] for row in rows)
    assert sum(not row["is_estimate"] for row in rows) == 10
    assert {row["source"] for row in rows if row["is_estimate"]} == {"derived from known prices"}
    keys = [tuple(row[name] for name in PRICE_LIST.key) for row in rows]
    assert len(keys) == len(set(keys))


HEADER = (
    "region,compute_type,os_license,root_gib,user_gib,valid_from,always_on_usd,auto_stop_usd,hourly_usd,is_estimate\n"
)


def test_ones_own_file_may_use_short_words_and_leave_prices_out(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(HEADER + "eu-west-1,GRAPHICS_G4DN,byol,100,100,2026-03-01,500.10,,,false\n")
    [row] = rows_of(file)
    assert (row["os_license"], row["source"], row["always_on_usd"]) == (
        "Bring Your Own License",
        "mine.csv",
        Decimal("500.10"),
    )
    assert (row["auto_stop_usd"], row["hourly_usd"]) == (None, None)


@pytest.mark.parametrize("wrong", ["80,x,2026-03-01,1,1,1", "80,10,March,1,1,1", "80,10,2026-03-01,ten,1,1"])
def test_a_wrong_line_is_named(tmp_path: Path, wrong: str) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(f"{HEADER}eu-west-1,VALUE,none,80,10,2026-03-01,1,1,1,false\neu-west-1,VALUE,none,{wrong},false\n")
    with pytest.raises(PriceFileIsWrong, match=r"mine\.csv, line 3"):
        list(read_prices(file))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PriceFileIsWrong, match="no price file"):
        list(read_prices(tmp_path / "nothing.csv"))
