"""The door to the model service: asks over HTTP, streams tokens, gives up in time."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import httpx

from workbench.errors import WorkbenchError

CONNECT_SECONDS = 2.0

State = Literal["loading", "ready", "no_model", "crashed", "away"]


class ModelError(WorkbenchError):
    """The model gave no answer; questions that need none, and SQL, still work."""


class ModelIsAway(ModelError):
    """Nothing answers at the service's address, or it went away in the middle."""


class ModelIsBusy(ModelError):
    """The queue is full, or the time was not enough."""


class ModelIsNotReady(ModelError):
    """The service runs, but without a model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelState:
    """What the service says of itself."""

    state: State
    model: str = ""
    reason: str = ""  #: why it is not ready, and what to do, for people
    queue: int = 0  #: requests that wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A finished continuation."""

    text: str
    tokens: int
    ttft_s: float  #: seconds until the first token
    seconds: float


class ModelClient:
    """A client of the model service at `url`. Safe from any number of threads.

    timeout_seconds: longest wait for one answer; when it is over the connection is closed, which frees the model.
    """

    def __init__(self, url: str, *, timeout_seconds: float = 60.0) -> None:
        self._url = url.rstrip("/")
        self._timeout_seconds = timeout_seconds

    def state(self) -> ModelState:
        """Ask the service how it is. Never raises: a service that does not answer is `away`."""
        try:
            answer = httpx.get(f"{self._url}/health", timeout=CONNECT_SECONDS)
            found = answer.json()
            return ModelState(
                state=found["state"], model=found["model"], reason=found["reason"], queue=int(found["queue"])
            )
        except (httpx.HTTPError, ValueError, KeyError):
            return ModelState(
                state="away", reason=f"nothing answers at {self._url}. Start it with `python -m llm serve`."
            )

    def complete(
        self,
        prompt: str,
        *,
        grammar: str = "",
        max_tokens: int = 160,
        stop: tuple[str, ...] = (),
        on_token: Callable[[str], None] = lambda _: None,
    ) -> Completion:
        """Return the model's continuation of `prompt`, telling `on_token` each piece as it comes.

        grammar: GBNF that the text follows; empty: free. Raises ModelIsAway, ModelIsBusy or ModelIsNotReady.
        """
        asked = {"prompt": prompt, "max_tokens": max_tokens, "stop": list(stop), "timeout_s": self._timeout_seconds}
        if grammar:
            asked["grammar"] = grammar
        timeout = httpx.Timeout(self._timeout_seconds, connect=CONNECT_SECONDS)
        try:
            with httpx.stream("POST", f"{self._url}/complete", json=asked, timeout=timeout) as answer:
                if answer.status_code != httpx.codes.OK:
                    answer.read()
                    raise _refusal(answer)
                for line in answer.iter_lines():
                    said = json.loads(line)
                    if "token" in said:
                        on_token(said["token"])
                    elif "error" in said:
                        raise ModelIsBusy(said["error"], do="Ask again, or ask more simply.")
                    else:
                        return Completion(
                            text=said["text"], tokens=said["tokens"], ttft_s=said["ttft_s"], seconds=said["seconds"]
                        )
        except httpx.TimeoutException:
            raise ModelIsBusy(
                f"The model did not answer within {self._timeout_seconds:g} s.", do="Ask again in a moment."
            ) from None
        except (httpx.HTTPError, ValueError) as error:
            raise ModelIsAway(
                f"The model service at {self._url} does not answer.", do="Start it with `python -m llm serve`."
            ) from error
        raise ModelIsAway("The model service broke off its answer.", do="Ask again in a moment.")


def _refusal(answer: httpx.Response) -> ModelError:
    try:
        reason = str(answer.json()["error"])
    except (ValueError, KeyError):
        reason = f"The model service answered {answer.status_code}."
    if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return ModelIsBusy(reason, do="Ask again in a moment.")
    return ModelIsNotReady(reason, do="See `python -m llm models list`.")
