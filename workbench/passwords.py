"""Passwords: what may be one, how it is kept (bcrypt), and how it is compared in equal work whoever is asked about.

There is no default password anywhere: one is given by a person or made here.
"""

from __future__ import annotations

import secrets
import unicodedata

import bcrypt

from workbench.errors import PasswordRefused

FEWEST_CHARACTERS = 12
MOST_BYTES = 72  # bcrypt sees no more than these

# Twelve or more characters that crackers try first, and what people make of them. Compared without case, digits at the
# end and signs.
_TRIED_FIRST = frozenset(
    """
    adminadminadmin administrator administratoradmin applesauce basketball bismillahirrahmanirrahim
    changeme changemechangeme changemeplease chocolatechip correcthorsebatterystaple christopher defaultpassword
    iloveyouiloveyou iloveyousomuch ilovemyfamily letmein letmeinletmein letmeinplease
    mypassword mypasswordis newpassword nopasswordhere onetwothreefour
    passphrase passpasspass password passwordpassword passwordone passwordadmin pleaseletmein princessprincess
    qazwsxedcrfv qwerasdfzxcv qwerty qwertyqwerty qwertyuiop qwertyuiopasdfghjkl qwertyasdfgh qwertyasdfzxcv
    secretpassword summer supersecret superman temporarypassword temppassword testpassword testtesttest
    thisismypassword trustno trustnoone unbelievable verysecret welcome welcomehome welcomewelcome winter workbench
    workspaces workspacesworkbench yourpassword
    """.split()  # noqa: SIM905  # fifty quoted words read worse
)
_RUNS = ("0123456789" * 8, "abcdefghijklmnopqrstuvwxyz" * 3, "qwertyuiopasdfghjklzxcvbnm" * 3)

_ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without what is read wrongly: l I 1 o O 0


class Passwords:
    """Hashes and compares passwords. cost: bcrypt's work factor; each step doubles the work."""

    def __init__(self, cost: int = 12) -> None:
        self._cost = cost
        # Compared against when there is no such user, so that the answer takes as long as for one there is.
        self._nobody = bcrypt.hashpw(secrets.token_bytes(16).hex().encode(), bcrypt.gensalt(cost))

    def hash(self, password: str, *, username: str = "") -> str:
        """The hash to keep of a new password. Raises PasswordRefused, saying what to choose instead."""
        require_good(password, username=username)
        return bcrypt.hashpw(_as_bytes(password), bcrypt.gensalt(self._cost)).decode("ascii")

    def matches(self, password: str, kept: str | None) -> bool:
        """Whether `password` is the one that `kept` is the hash of; None is nobody's: False, after equal work."""
        given = _as_bytes(password)
        # A password that could never have been set is compared as well, cut short; then refused.
        is_equal = bcrypt.checkpw(given[:MOST_BYTES], kept.encode("ascii") if kept else self._nobody)
        return is_equal and kept is not None and len(given) <= MOST_BYTES


def require_good(password: str, *, username: str = "") -> None:
    """Raise PasswordRefused unless `password` may be someone's password."""
    if len(password) < FEWEST_CHARACTERS:
        raise PasswordRefused(
            f"The password has {len(password)} characters; it needs at least {FEWEST_CHARACTERS}.",
            do="Choose a longer one: four words that have nothing to do with each other are easy to remember.",
        )
    size = len(_as_bytes(password))
    if size > MOST_BYTES:
        raise PasswordRefused(
            f"The password is {size} bytes long; bcrypt sees only the first {MOST_BYTES}.",
            do=f"Choose one of at most {MOST_BYTES} bytes; letters outside ASCII take two or more.",
        )
    if _is_tried_first(password) or (len(username) >= 4 and username.casefold() in password.casefold()):
        raise PasswordRefused(
            "The password is one of those that are tried first, or holds the user's name.",
            do="Choose another; `python -m workbench user password NAME` makes one up.",
        )


def generate_password() -> str:
    """A new random password: five groups of five letters and digits, 142 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(5)) for _ in range(5))


def _is_tried_first(password: str) -> bool:
    folded = password.casefold().replace("@", "a").replace("$", "s")
    letters = "".join(c for c in folded if c.isalpha())
    plain = "".join(c for c in folded if c.isalnum())
    is_known = letters in _TRIED_FIRST and len(letters) * 2 > len(password)
    is_run = any(plain in run or plain[::-1] in run for run in _RUNS)
    return is_known or is_run or len(set(folded)) < 5


def _as_bytes(password: str) -> bytes:
    # The same letters typed on another system may come as other code points.
    return unicodedata.normalize("NFC", password).encode("utf-8", errors="surrogatepass")
