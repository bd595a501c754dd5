from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from app.auth.tokens import Claims, Tokens, derive_key
from workbench.clock import frozen_clock
from workbench.errors import SettingsAreWrong

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SECRET = "x" * 32
TOKENS = Tokens(SECRET, frozen_clock(NOW))
CLAIMS = Claims(7, "some-sid", int(NOW.timestamp()) + 60)


def test_a_token_says_what_it_was_made_with() -> None:
    assert TOKENS.read(TOKENS.make(CLAIMS)) == CLAIMS


def test_a_token_is_over_at_its_end() -> None:
    token = TOKENS.make(CLAIMS)
    assert Tokens(SECRET, frozen_clock(NOW + timedelta(seconds=59))).read(token) == CLAIMS
    assert Tokens(SECRET, frozen_clock(NOW + timedelta(seconds=60))).read(token) is None


def test_a_token_of_another_secret_is_not_ours() -> None:
    assert Tokens("y" * 32, frozen_clock(NOW)).read(TOKENS.make(CLAIMS)) is None


def test_a_changed_token_is_not_ours() -> None:
    header, body, signature = TOKENS.make(CLAIMS).split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["sub"] = "8"
    changed = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    assert TOKENS.read(f"{header}.{changed}.{signature}") is None


@pytest.mark.parametrize(
    "change", [{"iss": "another"}, {"sid": 5}, {"sub": "x"}, {"sub": 7}, {"exp": "never"}, {"exp": None}, {"sub": None}]
)
def test_our_key_alone_does_not_make_a_token(change: dict[str, object]) -> None:
    header = json.loads(base64.urlsafe_b64decode(TOKENS.make(CLAIMS).split(".")[0] + "=="))
    claims = {"iss": "workspaces-workbench", "sub": "7", "sid": "s", "exp": CLAIMS.expires_at}
    key = OctKey.import_key(derive_key(SECRET, "token"), {"kid": header["kid"]})
    assert TOKENS.read(jwt.encode(header, claims, key)) is not None
    assert TOKENS.read(jwt.encode(header, claims | change, key)) is None


def test_a_token_without_signature_is_not_ours() -> None:
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    assert TOKENS.read(f"{none}.{TOKENS.make(CLAIMS).split('.')[1]}.") is None


@pytest.mark.parametrize("text", ["", ".", "..", "a.b.c", "Ö.Ö.Ö", "e30.e30.e30", "W10.W10.", "\0", "a" * 5000])
def test_any_text_can_be_read(text: str) -> None:
    assert TOKENS.read(text) is None


def test_each_purpose_has_a_key_of_its_own() -> None:
    assert derive_key(SECRET, "token") != derive_key(SECRET, "page")


def test_a_short_secret_is_refused_with_how_to_make_one() -> None:
    with pytest.raises(SettingsAreWrong, match="32") as refused:
        Tokens("x" * 31, frozen_clock(NOW))
    assert "token_urlsafe" in refused.value.do
