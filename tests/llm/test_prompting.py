from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from llm.catalog import SPECIFIED, Catalog
from llm.grammar import query_from_json, semantic_grammar
from llm.guard import check
from llm.prompting import Example, bank, nearest, semantic_prompt, sql_of
from llm.semantic import CannotAnswer, SemanticQuery
from tests.llm.tiny_mart import TODAY

NOTHING = SemanticQuery(metric="")


@pytest.mark.parametrize("example", bank(), ids=lambda e: e.question)
def test_every_example_of_the_bank_passes_the_guard_and_runs(example: Example, tiny_mart: Path) -> None:
    with duckdb.connect(str(tiny_mart), read_only=True) as mart:
        check(example.sql, Catalog.from_database(mart))
        mart.sql(example.sql).to_arrow_table()


def test_the_nearest_example_is_the_same_question_of_another_month_and_region() -> None:
    found = nearest("Top 7 most expensive WorkSpaces in June 2026", 2, bank())
    assert found[-1].question == "Top 10 most expensive WorkSpaces in February 2026"


def test_the_prompt_begins_alike_for_every_question() -> None:
    first, second = semantic_prompt("cost per client", "chatml"), semantic_prompt("users by region", "chatml")
    prefix = first[: first.index("<|im_start|>user")]
    assert second.startswith(prefix)
    assert str(TODAY.year) not in prefix


def test_the_grammar_offers_only_what_the_mart_has() -> None:
    grammar = semantic_grammar(Catalog.of({"workspaces": ("workspace_id", "region", "state")}))
    assert '"\\"region\\""' in grammar
    assert '"\\"cost\\""' not in grammar
    assert '"\\"client\\""' not in grammar
    assert '"\\"cost\\""' in semantic_grammar(SPECIFIED)


@pytest.mark.parametrize("text", ["", "[]", '{"metric":"moolah","by":[]}', '{"metric":"cost","by":["planet"]}', "3"])
def test_json_that_is_no_query_is_refused(text: str) -> None:
    with pytest.raises(CannotAnswer):
        query_from_json(text, NOTHING)


def test_sql_is_taken_out_of_its_fences() -> None:
    assert sql_of("Sure:\n```sql\nSELECT 1;\n```") == "SELECT 1"
