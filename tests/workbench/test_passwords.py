from __future__ import annotations

import pytest

from workbench.errors import PasswordRefused
from workbench.passwords import Passwords, generate_password, require_good

PASSWORDS = Passwords(cost=10)


def test_a_password_matches_its_own_hash_alone() -> None:
    kept = PASSWORDS.hash("four words of mine")
    assert PASSWORDS.matches("four words of mine", kept)
    assert not PASSWORDS.matches("four words of yours", kept)


def test_the_work_factor_is_the_one_asked_for() -> None:
    assert PASSWORDS.hash("four words of mine").startswith("$2b$10$")


def test_72_bytes_are_the_most_and_one_more_is_refused_not_cut() -> None:
    longest = "aB3-xY7+" * 9
    kept = PASSWORDS.hash(longest)
    assert not PASSWORDS.matches(longest + "x", kept)
    with pytest.raises(PasswordRefused, match="73 bytes"):
        require_good(longest + "x")


def test_letters_outside_ascii_count_as_bytes() -> None:
    # 25 letters of 3 bytes
    with pytest.raises(PasswordRefused, match="75 bytes"):
        require_good("日本語東京" * 5)


def test_the_same_letters_match_however_they_were_typed() -> None:
    kept = PASSWORDS.hash("caf\u00e9 au lait demain")
    assert PASSWORDS.matches("cafe\u0301 au lait demain", kept)


@pytest.mark.parametrize(
    "password",
    [
        "short pass1",
        "Password2026!",
        "P@$$word2026",
        "Welcome12345",
        "correcthorsebatterystaple",
        "123456789012",
        "098765432109",
        "qwertyuiopas",
        "aaaaaaaaaaaa",
        "abababababab",
        "hello alice.smith!",
    ],
)
def test_what_is_tried_first_is_refused_with_what_to_do(password: str) -> None:
    with pytest.raises(PasswordRefused) as refused:
        require_good(password, username="alice.smith")
    assert refused.value.do


def test_generated_passwords_are_good_and_never_the_same() -> None:
    made = {generate_password() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        require_good(password)


def test_nobody_has_no_password() -> None:
    assert not PASSWORDS.matches("four words of mine", None)


@pytest.mark.parametrize("password", ["", "\0", "a\0b" * 5, "\ud800", "x" * 10_000])
def test_any_text_can_be_tried(password: str) -> None:
    assert not PASSWORDS.matches(password, PASSWORDS.hash("four words of mine"))
