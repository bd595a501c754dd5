"""Bounds a text before any parser sees it, so that no parser can be made to recurse, stall or read two ways.

Brackets are counted in strings and comments too: over-counting is safe, and no two tokenisers need to agree.
"""

from __future__ import annotations

import unicodedata

import sqlglot
from sqlglot import Token, TokenType
from sqlglot.errors import SqlglotError

from llm.guard.verdict import ONE_STATEMENT, ONLY_SELECT, TOO_DEEP, WRITE_A_SELECT, Rejected, quoted

MAX_CHARACTERS = 20_000
MAX_TOKENS = 4_000
MAX_DEPTH = 50
"""Brackets inside brackets. sqlglot needs about 20 Python frames for each; what it cannot hold it refuses."""
MAX_REPEATS = 8
"""NOT or minus signs in a row."""
MAX_CASES = 60
MAX_POSTFIX = 40
"""`[…][…]` and `.f().g()` in all: sqlglot takes seconds for a thousand of them."""

_NO_PARAMETERS = "Parameters and templates cannot be used here."
_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
_TOKENIZER = sqlglot.Dialect.get_or_raise("duckdb")

# Each of these stands for a value or a statement that is not in the text, or for a string form the two parsers read
# differently.
_REFUSED = {
    TokenType.PARAMETER: _NO_PARAMETERS,
    TokenType.PLACEHOLDER: _NO_PARAMETERS,
    TokenType.SESSION_PARAMETER: _NO_PARAMETERS,
    TokenType.BLOCK_START: _NO_PARAMETERS,
    TokenType.BLOCK_END: _NO_PARAMETERS,
    TokenType.HINT: "Optimizer hints cannot be used here.",
    TokenType.COMMAND: ONLY_SELECT,
    **dict.fromkeys(
        (
            TokenType.NATIONAL_STRING, TokenType.HEREDOC_STRING, TokenType.RAW_STRING, TokenType.UNICODE_STRING,
            TokenType.BYTE_STRING, TokenType.BIT_STRING, TokenType.HEX_STRING,
        ),
        "Strings are written 'like this'; other forms cannot be used here.",
    ),
}  # fmt: skip


# How a reading query can open. Told apart here, as sqlglot would log the text of statements that it does not know.
_OPENINGS = frozenset(
    {
        TokenType.SELECT, TokenType.WITH, TokenType.FROM, TokenType.VALUES, TokenType.TABLE, TokenType.L_PAREN,
        TokenType.PIVOT, TokenType.UNPIVOT,
    }
)  # fmt: skip


def read_tokens(sql: str) -> list[Token]:
    """Return the tokens of `sql`; raises Rejected if it is too large, too deep, ambiguous or several statements."""
    if not sql.strip():
        raise Rejected("There is no query.", "Write a SELECT.")
    if len(sql) > MAX_CHARACTERS:
        raise Rejected(f"The query is longer than {MAX_CHARACTERS:,} characters.", "Shorten it.")
    _refuse_characters(sql)
    _refuse_depth(sql)
    try:
        tokens = _TOKENIZER.tokenize(sql)
    except SqlglotError:
        raise Rejected("The query has a string, a name or a comment that does not end.", "Close every quote.") from None
    if len(tokens) > MAX_TOKENS:
        raise Rejected(f"The query has more than {MAX_TOKENS:,} words and signs.", "Shorten it.")
    while tokens and tokens[-1].token_type is TokenType.SEMICOLON:
        tokens.pop()
    if not tokens:
        raise Rejected("There is no query.", "Write a SELECT.")
    _refuse_tokens(tokens)
    return tokens


def _refuse_characters(sql: str) -> None:
    if sql.isascii() and sql.isprintable():
        return
    for character in sql:
        if character not in " \t\n\r" and unicodedata.category(character) in _CATEGORIES:
            raise Rejected(
                f"The query holds an invisible character (U+{ord(character):04X}).",
                "Type the text anew, or paste it without formatting.",
            )


def _refuse_depth(sql: str) -> None:
    depth = 0
    for character in sql:
        if character in "([{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Rejected(*TOO_DEEP)
        elif character in ")]}":
            depth -= 1
    if sql.count("][") + sql.count("] [") + sql.count(").") + sql.count(") .") > MAX_POSTFIX:
        raise Rejected(*TOO_DEEP)


def _refuse_tokens(tokens: list[Token]) -> None:
    if tokens[0].token_type not in _OPENINGS:
        raise Rejected(ONLY_SELECT, WRITE_A_SELECT)
    run = cases = postfix = 0
    for token in tokens:
        kind = token.token_type
        if kind in _REFUSED:
            raise Rejected(_REFUSED[kind], "Write the values into the query." if kind is TokenType.PARAMETER else "")
        if kind is TokenType.SEMICOLON:
            raise Rejected(*ONE_STATEMENT)
        run = run + 1 if kind in (TokenType.NOT, TokenType.DASH, TokenType.TILDE, TokenType.PLUS) else 0
        cases += kind is TokenType.CASE
        postfix += kind in (TokenType.L_BRACKET, TokenType.DCOLON)
        if run > MAX_REPEATS or cases > MAX_CASES or postfix > 10 * MAX_POSTFIX:
            raise Rejected(*TOO_DEEP)
        if kind is TokenType.VAR and not token.text.isascii():
            raise Rejected(f"The name {quoted(token.text)} has letters beyond A–Z.", 'Put such a name in "quotes".')
