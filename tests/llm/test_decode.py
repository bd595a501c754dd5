"""Decoding with the real SmolLM2 of the wheel, in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from llm.catalog import SPECIFIED
from llm.decode import Cancelled, DecodeFailed, Decoder
from llm.grammar import query_from_json, semantic_grammar
from llm.models import locate, model_card
from llm.prompting import semantic_prompt
from llm.semantic import METRICS, SemanticQuery

pytestmark = pytest.mark.model

HELLO = "<|im_start|>user\nSay hello<|im_end|>\n<|im_start|>assistant\n"


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Decoder]:
    file = locate(model_card("smollm2-135m"), tmp_path_factory.mktemp("models"))
    decoder = Decoder(file, n_ctx=2048, threads=1)  # two would spin for each other on a busy machine
    yield decoder
    decoder.close()


@pytest.mark.parametrize(
    "question", ["how is the moolah of Acme spread", "who racks up the most", "blah blah 42 \"'{}"]
)
def test_the_grammar_is_taken_and_the_text_is_a_query(decoder: Decoder, question: str) -> None:
    text = decoder.complete(
        semantic_prompt(question, "chatml"), grammar=semantic_grammar(SPECIFIED), max_tokens=60
    ).text
    assert json.loads(text)["metric"] in METRICS
    assert query_from_json(text, SemanticQuery(metric="")).metric in METRICS


def test_a_grammar_holds_even_where_the_model_wants_something_else(decoder: Decoder) -> None:
    assert decoder.complete(HELLO, grammar='root ::= "purple" [0-9]{3}', max_tokens=20).text.startswith("purple")


def test_a_prompt_that_begins_as_the_last_one_is_read_from_there(decoder: Decoder) -> None:
    prefix = "<|im_start|>system\n" + "Answer in one word. " * 40 + "<|im_end|>\n"
    first = decoder.complete(prefix + HELLO, max_tokens=4)
    again = decoder.complete(prefix + HELLO.replace("hello", "goodbye"), max_tokens=4)
    # 40 times five tokens are shared; what differs is the short last turn.
    assert first.read_tokens > 150
    assert again.read_tokens < 20


def test_what_was_kept_does_not_change_the_text(decoder: Decoder) -> None:
    first = decoder.complete(HELLO, max_tokens=12).text
    decoder.complete("something else entirely", max_tokens=3)
    assert decoder.complete(HELLO, max_tokens=12).text == first


def test_a_grammar_that_cannot_be_read_is_an_error_not_a_crash(decoder: Decoder) -> None:
    with pytest.raises(DecodeFailed, match="grammar"):
        decoder.complete(HELLO, grammar='root ::= root "a"')


def test_a_prompt_that_is_too_long_is_an_error(decoder: Decoder) -> None:
    with pytest.raises(DecodeFailed, match="exceed 2048"):
        decoder.complete("word " * 3000)


def test_a_cancel_ends_a_prompt_before_it_is_read_and_the_next_one_works(decoder: Decoder) -> None:
    asked: list[None] = []

    def after_a_while() -> bool:
        asked.append(None)
        return len(asked) > 50

    with pytest.raises(Cancelled):
        decoder.complete("word " * 1500, should_stop=after_a_while, max_tokens=10)
    assert decoder.complete(HELLO, max_tokens=4).tokens == 4


def test_a_text_ends_before_its_stop(decoder: Decoder) -> None:
    pieces: list[str] = []
    done = decoder.complete(HELLO, grammar='root ::= "one;two"', stop=[";"], max_tokens=20, on_piece=pieces.append)
    assert done.text == "".join(pieces) == "one"


def test_a_file_that_is_no_model_is_an_error(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.gguf"
    wrong.write_bytes(b"GGUF" + bytes(1000))
    with pytest.raises(DecodeFailed, match="cannot be loaded"):
        Decoder(wrong, n_ctx=256, threads=1)
