"""What a question gives on the tiny mart; the numbers are worked out in tests/llm/tiny_mart.py."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from llm.catalog import Catalog
from llm.compiler import compile_query
from llm.guard import check
from llm.parse import Parsed, Unclear, parse
from llm.values import ValueIndex, load_values
from tests.llm.tiny_mart import TODAY

A1, A2, A3, A4 = (f"ws-aaaa0000{n}" for n in (1, 2, 3, 4))
G1, G2 = "ws-gggg00001", "ws-gggg00002"
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


@pytest.fixture(scope="module")
def mart(tiny_mart: Path) -> Any:
    with duckdb.connect(str(tiny_mart), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


@pytest.fixture(scope="module")
def catalog(mart: duckdb.DuckDBPyConnection) -> Catalog:
    return Catalog.from_database(mart)


@pytest.fixture(scope="module")
def index(mart: duckdb.DuckDBPyConnection, catalog: Catalog) -> ValueIndex:
    return load_values(catalog, lambda sql: mart.execute(sql).fetchall())


ANSWERS: list[tuple[str, list[tuple[Any, ...]]]] = [
    # counting, alive ones unless the question says otherwise
    ("How many WorkSpaces are there in each region?", [("eu-west-1", 3), ("us-east-1", 2)]),
    ("How many workspaces are in us-east-1?", [(2,)]),
    ("How many WorkSpaces are there, including terminated?", [(6,)]),
    ("How many workspaces are terminated?", [(1,)]),
    ("Count the workspaces by state", [("AVAILABLE", 3), ("ERROR", 1), ("STOPPED", 1), ("TERMINATED", 1)]),
    ("how many AlwaysOn desktops does Acme have", [(2,)]),
    ("How many workspaces does each account have?", [("acme-dev", 1), ("acme-prod", 2), ("globex-prod", 2)]),
    ("How many workspaces are there per client and running mode?",
     [("Acme", "ALWAYS_ON", 2), ("Acme", "AUTO_STOP", 1), ("Globex", "ALWAYS_ON", 1), ("Globex", "AUTO_STOP", 1)]),
    ("How many workspaces are not in us-east-1?", [(3,)]),
    ("How many workspaces are in Ireland?", [(3,)]),
    ("How many workspaces are in ap-northeast-1?", [(0,)]),
    ("How many users do we have?", [(4,)]),
    ("Which users have more than one workspace?", [("ann.lee", 2)]),
    ("Which client has the most workspaces?", [("Acme", 3)]),
    ("How many workspaces are running and how many are stopped?", [("AVAILABLE", 3), ("STOPPED", 1)]),
    ("What percentage of WorkSpaces is stopped?", [(20.0,)]),
    ("What fraction of the WorkSpaces are AlwaysOn?", [(60.0,)]),
    # one WorkSpace
    ("Who owns ws-aaaa00002?", [("bob.ray",)]),
    ("What is the running mode of ws-aaaa00002?", [("AUTO_STOP",)]),
    ("What state is ws-gggg00002 in?", [("ERROR",)]),
    ("How much did ws-aaaa00002 cost in June 2026?", [(Decimal(12),)]),
    ("Which three clients have the most AlwaysOn desktops?", [("Acme", 2), ("Globex", 1)]),
    # birth and death
    ("List WorkSpaces older than one year", [(A1,), (A2,)]),
    ("How many workspaces were created in 2025?", [(3,)]),
    ("How many workspaces were terminated in June 2026?", [(1,)]),
    ("Which workspaces were created in 2024?", [(A3,)]),
    ("How many workspaces did we have in May 2026?", [(5,)]),
    # cost
    ("What was our total spend in May 2026?", [(Decimal(586),)]),
    ("What did each client spend last month?", [("Globex", Decimal(515)), ("Acme", Decimal(71))]),
    ("What did each client spend in June 2026, lowest first?", [("Acme", Decimal(89)), ("Globex", Decimal(485))]),
    ("Which 2 workspaces cost the most in June 2026?", [(G2, Decimal(510)), (A1, Decimal(35))]),
    ("top 2 users by cost in June 2026", [("ann.lee", Decimal(545)), ("dan.sun", Decimal(30))]),
    ("What is the total cost of GRAPHICS workspaces in June 2026?", [(Decimal(510),)]),
    ("Which accounts spent more than 50 dollars in June 2026?", [("acme-prod", Decimal(54)), ("globex-prod", Decimal(485))]),
    ("How many workspaces cost more than $20 in June 2026?", [(4,)]),
    ("Show the monthly cost for client Globex in 2026", [(MAY, Decimal(515)), (JUNE, Decimal(485))]),
    ("how much tax did we pay in June 2026?", [(Decimal(7),)]),
    ("cost excluding credits in June 2026 per client", [("Acme", Decimal(89)), ("Globex", Decimal(535))]),
    ("What did Acme pay for always-on workspaces in Q2 2026?", [(Decimal(100),)]),
    ("show cost for Acme and Globex in June 2026", [("Acme", Decimal(89)), ("Globex", Decimal(485))]),
    ("total spend for POWER and GRAPHICS workspaces in June 2026", [(Decimal(522),)]),
    ("Show me cost by month for the last 2 months", [(MAY, Decimal(586)), (JUNE, Decimal(574))]),
    ("What was our highest monthly bill in 2026?", [(MAY, Decimal(586))]),
    # ws-aaaa00004 is new: 30 against nothing; ws-gggg00001 25 against 15, ws-gggg00002 510 against 500
    ("Which WorkSpaces cost more in June than in May 2026?", [(A4, Decimal(30)), (G1, Decimal(10)), (G2, Decimal(10))]),
    ("Which clients cost less in June than in May 2026?", [("Globex", Decimal(-30))]),
    # Acme: 89 less tax of 7 over 128 hours
    ("Cost per usage hour of Acme in June 2026", [(82 / 128,)]),
    ("show the cost of every client for every month of 2026",
     [("Acme", MAY, Decimal(71)), ("Acme", JUNE, Decimal(89)), ("Globex", MAY, Decimal(515)), ("Globex", JUNE, Decimal(485))]),
    # means: Acme June 89 / 4 WorkSpaces billed, Globex 485 / 2
    ("What is the average cost per workspace in June 2026 for each client?", [("Acme", 22.25), ("Globex", 242.5)]),
    ("what was the average monthly cost of Acme in 2026?", [(80.0,)]),
    # hours
    ("Average usage hours per compute type in May 2026", [("GRAPHICS", 0.0), ("POWER", 4.0), ("STANDARD", 70.0), ("VALUE", 30.0)]),
    ("Top 2 users by usage hours in June 2026", [("ann.lee", Decimal(120)), ("eve.orr", Decimal(60))]),
    ("Which user had the most usage hours in total this year?", [("ann.lee", Decimal(220))]),
    ("Which auto-stop workspaces were used less than 10 hours in June 2026? Show their ids and usage hours.",
     [(A2, Decimal(0)), (A3, Decimal(8))]),
    ("Total usage hours per month in 2026", [(MAY, Decimal(174)), (JUNE, Decimal(188))]),
    ("median usage hours in May 2026", [(30.0,)]),
    ("max usage hours of a workspace in June 2026", [(A1, Decimal(120))]),
    # use and disuse
    ("Which WorkSpaces have not been used for 60 days?", [(A2,), (A4,), (G2,)]),
    ("Which workspaces have never been connected to?", [(A4,)]),
    ("List the unused workspaces of Globex", [(G2,)]),
    ("Which workspaces have been used in the last 7 days?", [(A1,)]),
    ("Which workspaces haven't been used since March 2026?", [(A4,), (G2,)]),
    # lists
    ("List the user names of all workspaces in the ERROR state", [("ann.lee",)]),
    ("List user name and region of the stopped workspaces of client Acme", [("bob.ray", "eu-west-1")]),
    ("List all clients", [("Acme",), ("Globex",)]),
    ("Which regions do we use?", [("eu-west-1",), ("us-east-1",)]),
    # events
    ("Who rebooted workspaces most often in June 2026? Show each user and the count.", [("admin.jo", 2), ("admin.kim", 1)]),
    ("How many events of each type were there in June 2026?",
     [("CreateWorkspaces", 1), ("RebootWorkspaces", 3), ("TerminateWorkspaces", 1)]),
    ("Which workspaces were rebooted in June 2026?", [(A1,), (A2,)]),
    ("how many times was ws-aaaa00001 rebooted this year?", [(2,)]),
    ("What did admin.kim do in June 2026?",
     [(datetime(2026, 6, 9, tzinfo=UTC), "RebootWorkspaces", A1, "admin.kim"),
      (datetime(2026, 6, 10, tzinfo=UTC), "TerminateWorkspaces", A3, "admin.kim")]),
    ("Which WorkSpaces were terminated in June 2026 and by whom?", [(A3, "admin.kim", 1)]),
    ("How many syncs are there per status?", [("FAILED", 2), ("SUCCEEDED", 1)]),
    ("How many reboots were there per client in June 2026?", [("Acme", 3)]),
    # syncs
    ("How many syncs failed for each account?", [("acme-prod", 1), ("globex-prod", 1)]),
    ("How many records were synced per account?", [("acme-prod", 60), ("globex-prod", 0)]),
    # operators
    ("How did cost change from May to June 2026 by client?", [("Acme", Decimal(18)), ("Globex", Decimal(-30))]),
    ("What percentage of the cost in May 2026 is each client?", [("Acme", 100 * 71 / 586), ("Globex", 100 * 515 / 586)]),
    ("What share of the June 2026 cost comes from Acme?", [(100 * 89 / 574,)]),
    ("running total of cost per month in 2026", [(MAY, Decimal(586)), (JUNE, Decimal(1160))]),
    ("2-month moving average of cost in 2026", [(MAY, 586.0), (JUNE, 580.0)]),
    ("top 1 user by cost in each region in June 2026", [("ann.lee", "eu-west-1", Decimal(510)), ("ann.lee", "us-east-1", Decimal(35))]),
    ("compare the cost of May and June 2026 for Acme", [(MAY, Decimal(71)), (JUNE, Decimal(89))]),
    # ws-aaaa00004 is new in June (+30), a tax of one more: Acme went from 71 to 89
    ("Why did Acme's cost go up in June 2026?",
     [("new WorkSpaces", Decimal(30)), ("same WorkSpaces: alwayson_month", Decimal(0)),
      ("same WorkSpaces: autostop_base", Decimal(-13)), ("shared: tax", Decimal(1))]),
]  # fmt: skip


@pytest.mark.parametrize(("question", "expected"), ANSWERS, ids=[question for question, _ in ANSWERS])
def test_a_question_is_answered_with_the_rows_it_asks_for(
    question: str, expected: list[tuple[Any, ...]], mart: duckdb.DuckDBPyConnection, catalog: Catalog, index: ValueIndex
) -> None:
    found = parse(question, index, TODAY)
    assert isinstance(found, Parsed), found
    sql = compile_query(found.query, catalog, TODAY).sql
    check(sql, catalog)
    rows = [_plain(tuple(row.values())) for row in mart.sql(sql).to_arrow_table().to_pylist()]
    assert sorted(rows, key=str) == sorted((_plain(row) for row in expected), key=str)


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(round(float(v), 6) if isinstance(v, (Decimal, float)) else v for v in row)


@pytest.mark.parametrize(
    ("question", "direction"),
    [
        ("What did each client spend in June 2026, highest first?", 1),
        ("Cost per client in June 2026, cheapest first", -1),
    ],
)
def test_the_order_asked_for_is_the_order_given(
    question: str, direction: int, mart: duckdb.DuckDBPyConnection, catalog: Catalog, index: ValueIndex
) -> None:
    found = parse(question, index, TODAY)
    assert isinstance(found, Parsed)
    rows = mart.execute(compile_query(found.query, catalog, TODAY).sql).fetchall()
    assert [row[0] for row in rows] == ["Globex", "Acme"][::direction]


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("What did Umbrella spend last month?", "umbrella"),
        ("How many purple workspaces are there?", "purple"),
        ("How many workspaces are there without a hat?", "without"),
        ("Which workspaces had no usage last month but still cost money?", "still"),
    ],
)
def test_a_word_that_is_not_understood_stops_the_parser(question: str, word: str, index: ValueIndex) -> None:
    found = parse(question, index, TODAY)
    assert isinstance(found, Unclear)
    assert word in found.words


@pytest.mark.parametrize("question", ["show me usage", "top 5 workspaces", "show me", "the user with the highest"])
def test_a_question_that_lacks_something_is_asked_back(question: str, index: ValueIndex) -> None:
    found = parse(question, index, TODAY)
    assert isinstance(found, Unclear)
    assert (found.words, found.missing != "") == ((), True)


def test_only_clients_of_the_askers_own_mart_are_known() -> None:
    found = parse("What did Globex spend last month?", ValueIndex({"client": ("Acme",)}), TODAY)
    assert isinstance(found, Unclear)
    assert found.words == ("globex",)


def test_a_client_is_known_by_the_first_word_of_its_name() -> None:
    index = ValueIndex({"client": ("Acme Corporation", "Globex Ltd")})
    found = parse("How many workspaces does Acme have?", index, TODAY)
    assert isinstance(found, Parsed)
    assert found.query.where[0].values == ("Acme Corporation",)
