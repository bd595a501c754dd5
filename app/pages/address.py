"""Keeps what a page shows in its address, so that it can be sent on; what is left open stays out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import panel as pn
import param


def read_address(names: Sequence[str]) -> dict[str, str]:
    """Those of `names` that stand in the page's address."""
    location = pn.state.location
    # Panel reads numbers and JSON out of the query; a search for 007 is a text all the same.
    query = pn.state.session_args if location else {}
    return {name: query[name][0].decode("utf-8", "replace") for name in names if query.get(name)}


def keep_in_address(owner: param.Parameterized, names: Mapping[str, str]) -> None:
    """From now on write `names` (parameter → name in the address) of `owner` into the address when they change."""

    def write(*_: object) -> None:
        location = pn.state.location
        if location is None:
            return
        kept = {name: value for name, value in location.query_params.items() if name not in names.values()}
        said = {name: getattr(owner, parameter) for parameter, name in names.items()}
        location.search = "?" + urlencode(kept | {name: value for name, value in said.items() if value})

    owner.param.watch(write, list(names))
