"""How the simulated AWS says no: a code, a message and an HTTP status, in the form of the caller's protocol."""

from __future__ import annotations


class Refusal(Exception):
    """An error that AWS would answer with. `code` is AWS's own name for it."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


def access_denied(arn: str, action: str, *, because: str = "") -> Refusal:
    """What AWS answers when a principal may not do something."""
    return Refusal("AccessDeniedException", f"User: {arn} is not authorized to perform: {action}{because}")


def throttled() -> Refusal:
    """What AWS answers when calls come too fast."""
    return Refusal("ThrottlingException", "Rate exceeded")
