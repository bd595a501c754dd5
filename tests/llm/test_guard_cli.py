from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from llm.__main__ import app

CASES = [
    {"id": "1", "sql": "SELECT amount FROM billing_data ORDER BY 1"},
    {"id": "2", "sql": "DROP TABLE billing_data"},
    {"id": "3", "sql": "SELECT CAST(service AS INTEGER) FROM billing_data"},
    {"id": "4", "sql": "SELECT * FROM users"},
    {"id": "5", "sql": "PIVOT billing_data ON service USING sum(amount)"},
]


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(map(json.dumps, CASES)) + "\n\n")
    return file


@pytest.fixture
def mart(tmp_path: Path) -> Path:
    file = tmp_path / "mart.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("CREATE TABLE billing_data (service VARCHAR, amount DECIMAL(18, 10))")
        connection.execute("INSERT INTO billing_data VALUES ('a', 1.5), ('b', -2)")
        connection.execute("CREATE TABLE users (password_hash VARCHAR)")
    return file


def run(*arguments: str) -> tuple[int, list[dict[str, object]], str]:
    result = CliRunner().invoke(app, ["guard", *arguments])
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


def test_each_line_gets_a_verdict_by_the_specified_names_without_a_mart(cases: Path) -> None:
    code, lines, _ = run("--file", str(cases))
    assert code == 0
    assert [line["verdict"] for line in lines] == ["allowed", "rejected", "allowed", "rejected", "allowed"]
    assert lines[1] == {
        "id": "2", "verdict": "rejected", "reason": "Only SELECT is possible here.", "ran": False, "rows": [],
        "error": "",
    }  # fmt: skip


def test_allowed_queries_run_on_the_mart(cases: Path, mart: Path) -> None:
    _, lines, _ = run("--file", str(cases), "--database", str(mart), "--run")
    assert lines[0]["rows"] == [["-2.0000000000"], ["1.5000000000"]]
    assert (lines[2]["verdict"], lines[2]["ran"], lines[2]["error"]) == ("allowed", False, "QueryFailed")
    assert lines[3]["verdict"] == "rejected"
    assert lines[4]["rows"] == [["1.5000000000", "-2.0000000000"]]


def test_with_a_mart_and_without_run_nothing_is_run(cases: Path, mart: Path) -> None:
    _, lines, _ = run("--file", str(cases), "--database", str(mart))
    assert [line["ran"] for line in lines] == [False] * 5


@pytest.mark.parametrize("text", ["not json", '{"id": 1}', '"x"'])
def test_a_line_that_is_no_case_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(text)
    code, _, complaint = run("--file", str(file))
    assert code == 2
    assert "Line 1 of" in complaint


def test_run_without_a_mart_says_what_is_missing(cases: Path) -> None:
    code, _, complaint = run("--file", str(cases), "--run")
    assert code == 2
    assert "--database" in complaint


def test_a_file_that_is_no_mart_is_named(cases: Path) -> None:
    code, _, complaint = run("--file", str(cases), "--database", str(cases))
    assert code == 2
    assert "cannot be opened as a mart" in complaint
