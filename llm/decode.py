"""Greedy decoding in llama.cpp on its C interface: prefix reuse, grammar, streaming, and an end at any moment.

Written over ctypes, not `llama_cpp.Llama`, because that class puts the grammar before the choice (and so pays for the
whole vocabulary at each token), cannot be stopped inside a prompt, and cannot switch extra buffer types off.
"""

from __future__ import annotations

import ctypes
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np

from workbench.errors import WorkbenchError

BATCH_TOKENS = 256
"""Small, so that a cancelled prompt ends soon; larger ones brought no speed on CPUs."""
_PIECE_BYTES = 256
_ABORTED = 2


class DecodeFailed(WorkbenchError):
    """The model cannot be loaded, or cannot read this prompt or grammar."""


class Cancelled(WorkbenchError):
    """Whoever asked went away, or the time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A finished text and what it cost."""

    text: str
    tokens: int  #: of the text
    read_tokens: int  #: of the prompt, that were not kept from the one before
    ttft_s: float
    seconds: float


class Decoder:
    """One model with one context. One request at a time, one thread.

    extra_buffers: use buffer types that repack weights for the CPU's matrix units; on some machines they crash.
    """

    def __init__(self, file: Path, *, n_ctx: int, threads: int, extra_buffers: bool = True) -> None:
        _silence()
        llama_cpp.llama_backend_init()
        wanted = llama_cpp.llama_model_default_params()
        wanted.use_extra_bufts = extra_buffers
        wanted.n_gpu_layers = 0
        self._model = llama_cpp.llama_model_load_from_file(str(file).encode(), wanted)
        if not self._model:
            raise DecodeFailed(f"{file} cannot be loaded as a model.", do="Check it with `python -m llm models list`.")
        self._vocab = llama_cpp.llama_model_get_vocab(self._model)
        self._vocab_size = llama_cpp.llama_vocab_n_tokens(self._vocab)
        context = llama_cpp.llama_context_default_params()
        context.n_ctx, context.n_batch, context.n_ubatch = n_ctx, BATCH_TOKENS, BATCH_TOKENS
        context.n_threads = context.n_threads_batch = threads
        self._context = llama_cpp.llama_init_from_model(self._model, context)
        if not self._context:
            raise DecodeFailed(f"There is not enough memory for a context of {n_ctx} tokens.", do="Lower its n_ctx.")
        self.n_ctx = n_ctx
        self._kept: list[int] = []  # tokens whose state the context holds, in order
        self._should_stop: Callable[[], bool] = lambda: False
        # llama.cpp asks this between two operations; the object must outlive the context.
        self._abort_callback = llama_cpp.llama_cpp.ggml_abort_callback(lambda _: self._should_stop())
        llama_cpp.llama_set_abort_callback(self._context, self._abort_callback, None)
        self._all = (llama_cpp.llama_token_data * self._vocab_size)()
        self._all_view = np.ctypeslib.as_array(self._all)
        self._one = (llama_cpp.llama_token_data * 1)()

    def close(self) -> None:
        """Free context and model."""
        llama_cpp.llama_free(self._context)
        llama_cpp.llama_model_free(self._model)

    def complete(
        self,
        prompt: str,
        *,
        grammar: str = "",
        max_tokens: int = 160,
        stop: Sequence[str] = (),
        should_stop: Callable[[], bool] = lambda: False,
        on_piece: Callable[[str], None] = lambda _: None,
    ) -> Decoded:
        """Continue `prompt`, the likeliest token each time, until its end, a `stop` text or `max_tokens`.

        should_stop: asked often, also inside a prompt; true raises Cancelled. Raises DecodeFailed for a prompt that is
        too long or a grammar that llama.cpp does not take.
        """
        began = time.perf_counter()
        tokens = self._tokens(prompt)
        if len(tokens) + max_tokens > self.n_ctx:
            raise DecodeFailed(
                f"The prompt of {len(tokens)} tokens and {max_tokens} of answer exceed {self.n_ctx}.",
                do="Ask more shortly.",
            )
        self._should_stop = should_stop
        sampler = self._sampler(grammar) if grammar else None
        try:
            read = self._read_prompt(tokens)
            ttft = time.perf_counter() - began
            text, count, shown = b"", 0, ""
            for token in self._chosen(sampler, max_tokens):
                text += self._piece(token)
                count += 1
                whole = text.decode("utf-8", errors="ignore")
                ends = [whole.find(s) for s in stop if s in whole]
                if ends:
                    whole = whole[: min(ends)]
                if len(whole) > len(shown):
                    on_piece(whole[len(shown) :])
                shown = whole
                if ends:
                    break
        except Cancelled:
            self._forget(0)
            raise
        finally:
            self._should_stop = lambda: False
            if sampler:
                llama_cpp.llama_sampler_free(sampler)
        return Decoded(text=shown, tokens=count, read_tokens=read, ttft_s=ttft, seconds=time.perf_counter() - began)

    def _tokens(self, text: str) -> list[int]:
        raw = text.encode()
        room = len(raw) + 8
        found = (llama_cpp.llama_token * room)()
        # Special tokens count as such: the prompt's turns are made of them.
        count = llama_cpp.llama_tokenize(self._vocab, raw, len(raw), found, room, True, True)
        if count < 0:
            raise DecodeFailed("The prompt cannot be read by this model.")
        return list(found[:count])

    def _read_prompt(self, tokens: list[int]) -> int:
        """Bring the context to the state after `tokens`; returns how many had to be read."""
        same = 0
        while same < min(len(self._kept), len(tokens) - 1) and self._kept[same] == tokens[same]:
            same += 1
        self._forget(same)
        for start in range(same, len(tokens), BATCH_TOKENS):
            self._feed(tokens[start : start + BATCH_TOKENS])
        return len(tokens) - same

    def _forget(self, keep: int) -> None:
        memory = llama_cpp.llama_get_memory(self._context)
        llama_cpp.llama_memory_seq_rm(memory, 0, keep, -1)
        del self._kept[keep:]

    def _feed(self, tokens: list[int]) -> None:
        if self._should_stop():
            raise Cancelled("The request was given up.")
        batch = (llama_cpp.llama_token * len(tokens))(*tokens)
        said = llama_cpp.llama_decode(self._context, llama_cpp.llama_batch_get_one(batch, len(tokens)))
        if said == _ABORTED:
            raise Cancelled("The request was given up.")
        if said != 0:
            self._forget(0)
            raise DecodeFailed(f"The model stopped with code {said}.", do="Ask again.")
        self._kept += tokens

    def _chosen(self, sampler: Any, most: int) -> Iterator[int]:
        for _ in range(most):
            logits = np.ctypeslib.as_array(llama_cpp.llama_get_logits_ith(self._context, -1), shape=(self._vocab_size,))
            token = int(logits.argmax())
            if sampler:
                # The likeliest token is checked alone; only if the grammar refuses it is the whole vocabulary masked.
                if not self._allows(sampler, token, float(logits[token])):
                    token = self._best_allowed(sampler, logits)
                if llama_cpp.llama_vocab_is_eog(self._vocab, token):
                    return
                llama_cpp.llama_sampler_accept(sampler, token)
            if llama_cpp.llama_vocab_is_eog(self._vocab, token):
                return
            yield token
            self._feed([token])

    def _allows(self, sampler: Any, token: int, logit: float) -> bool:
        one: Any = self._one[0]
        one.id, one.logit, one.p = token, logit, 0.0
        array = llama_cpp.llama_token_data_array(data=self._one, size=1, selected=-1, sorted=False)
        llama_cpp.llama_sampler_apply(sampler, ctypes.byref(array))
        return not math.isinf(one.logit)

    def _best_allowed(self, sampler: Any, logits: Any) -> int:
        view = self._all_view
        view["id"], view["logit"], view["p"] = np.arange(self._vocab_size), logits, 0.0
        array = llama_cpp.llama_token_data_array(data=self._all, size=self._vocab_size, selected=-1, sorted=False)
        llama_cpp.llama_sampler_apply(sampler, ctypes.byref(array))
        return int(view["id"][int(view["logit"].argmax())])

    def _sampler(self, grammar: str) -> Any:
        sampler = llama_cpp.llama_sampler_init_grammar(self._vocab, grammar.encode(), b"root")
        # A grammar that cannot be read gives NULL, which the library passes on and then crashes on.
        if not sampler:
            raise DecodeFailed("llama.cpp does not take this grammar.")
        return sampler

    def _piece(self, token: int) -> bytes:
        buffer = ctypes.create_string_buffer(_PIECE_BYTES)
        length = llama_cpp.llama_token_to_piece(self._vocab, token, buffer, _PIECE_BYTES, 0, False)
        return buffer.raw[: max(length, 0)]


def _ignore(_level: int, _text: bytes, _data: object) -> None:
    """Hears llama.cpp's own log, which would fill ours with a hundred lines a start."""


_IGNORE = llama_cpp.llama_log_callback(_ignore)


def _silence() -> None:
    llama_cpp.llama_log_set(_IGNORE, ctypes.c_void_p(0))
