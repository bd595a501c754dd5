from __future__ import annotations

import pytest

from llm.guard.precheck import MAX_CHARACTERS, MAX_DEPTH, read_tokens
from llm.guard.verdict import Rejected


def reason(sql: str) -> str:
    with pytest.raises(Rejected) as caught:
        read_tokens(sql)
    return caught.value.reason


@pytest.mark.parametrize("sql", ["", "  \n", ";", "-- only a comment", "/* x */ ;;"])
def test_nothing_to_run_is_said(sql: str) -> None:
    assert reason(sql) == "There is no query."


def test_a_trailing_semicolon_is_no_second_statement() -> None:
    assert [token.text for token in read_tokens("SELECT 1;")] == ["SELECT", "1"]


def test_a_semicolon_in_a_string_is_text() -> None:
    assert read_tokens("SELECT 'a;b'")[-1].text == "a;b"


def test_a_second_statement_is_refused() -> None:
    assert reason("SELECT 1; DROP TABLE x") == "Only one statement is possible here."


@pytest.mark.parametrize("sql", ["DROP TABLE x", "EXPLAIN SELECT 1", "SET a = 1", "COPY x TO 'y'", "users", "1", "'a'"])
def test_other_openings_are_refused(sql: str) -> None:
    assert reason(sql) == "Only SELECT is possible here."


@pytest.mark.parametrize(
    "character", ["\x00", "\x1b", "\u00a0", "\u200b", "\u202e", "\ufeff", "\u2028", "\ue000", "\x7f"]
)
def test_invisible_characters_are_refused(character: str) -> None:
    assert f"U+{ord(character):04X}" in reason(f"SELECT 1{character}")


def test_a_lone_surrogate_is_refused() -> None:
    assert "U+D800" in reason("SELECT '\ud800'")


@pytest.mark.parametrize("sql", ["SELECT 'Zoë – 日本'", 'SELECT 1 AS "Région"', "SELECT\t1\r\n"])
def test_ordinary_letters_and_blanks_pass(sql: str) -> None:
    assert read_tokens(sql)


def test_a_bare_name_is_ascii() -> None:
    assert "beyond A–Z" in reason("SELECT * FROM uſers")


def test_a_long_text_is_refused_before_it_is_tokenised() -> None:
    assert "20,000 characters" in reason("SELECT '" + "x" * MAX_CHARACTERS + "'")


def test_many_tokens_are_refused() -> None:
    assert "4,000 words" in reason("SELECT " + "1," * 2001 + "1")


@pytest.mark.parametrize("opening", ["(", "[", "{", "abs("])
def test_deep_nesting_is_refused(opening: str) -> None:
    assert "too deeply" in reason("SELECT " + opening * (MAX_DEPTH + 1))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "NOT " * 20 + "true",
        "SELECT " + "- " * 20 + "1",
        "SELECT " + "~ " * 20 + "1",
        "SELECT " + "CASE WHEN true THEN " * 70 + "1" + " END" * 70,
        "SELECT x" + "[1]" * 500,
        "SELECT x" + ".abs()" * 500,
        "SELECT 1" + "::INT" * 500,
    ],
    ids=["not", "minus", "tilde", "case", "index", "method", "cast"],
)
def test_chains_that_parsers_take_long_over_are_refused(sql: str) -> None:
    assert "too deeply" in reason(sql)


@pytest.mark.parametrize("sql", ["SELECT ?", "SELECT $1", "SELECT $a", "SELECT @x", "SELECT @@x"])
def test_parameters_and_templates_are_refused(sql: str) -> None:
    assert "Parameters" in reason(sql)


@pytest.mark.parametrize("sql", ["SELECT 'open", 'SELECT "open', "SELECT /* open", "SELECT $$a$$"])
def test_other_and_unfinished_strings_are_refused(sql: str) -> None:
    assert reason(sql)
