"""The one kind of table: a page of rows at a time, sorted by the server, each row to be opened by mouse or keyboard.

Not Tabulator: panel-material-ui changes its style sheets in the browser, they come back to the server, and a table that
joins a living page then fails now and then with "reference is not known".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd
import panel as pn
import param

from app.theme import formats
from app.views.markup import stylesheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: which of the frame's, its heading, and how its values are written."""

    name: str
    title: str
    write: Callable[[Any], str] = str  #: is never given a missing value
    is_number: bool = False
    width: int = 0  #: pixels; 0 shares what is left


class Grid(pn.custom.JSComponent):
    """What the browser draws: texts alone. The table answers its messages."""

    columns = param.List(doc="Dicts of name, title, width and is_number.")
    rows = param.List(doc="Lists of texts.")
    total = param.Integer(0)
    page = param.Integer(1)
    page_size = param.Integer(25)
    sort = param.String(doc="Name of a column; empty leaves the rows as they came.")
    descending = param.Boolean(False)
    opens = param.Boolean(False)
    label = param.String()

    _esm = (Path(__file__).parent / "grid.js").read_text(encoding="utf-8")
    _stylesheets: ClassVar[list[str]] = [stylesheet("grid")]

    def __init__(self, *, on_message: Callable[[Mapping[str, Any]], None], **params: object) -> None:
        super().__init__(**params)
        self._on_message = on_message

    def _handle_msg(self, data: Mapping[str, Any]) -> None:
        self._on_message(data)


class Table(pn.viewable.Viewer):
    """A table of `rows`, which can be replaced. on_open: given the place of a row in `rows`."""

    rows = param.DataFrame(doc="May be shared with other sessions: it is never changed.")

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        label: str,
        page_size: int,
        on_open: Callable[[int], object] | None = None,
        **params: object,
    ) -> None:
        super().__init__(**params)
        self._columns, self._on_open = {column.name: column for column in columns}, on_open
        self._places = list(range(len(self.rows)))
        self.grid = Grid(
            columns=[{"name": c.name, "title": c.title, "width": c.width, "is_number": c.is_number} for c in columns],
            page_size=page_size,
            opens=on_open is not None,
            label=label,
            sizing_mode="stretch_width",
            margin=0,
            on_message=self.answer,
        )
        self._show(page=1)

    def __panel__(self) -> pn.viewable.Viewable:
        """The grid, always the same."""
        return self.grid

    def answer(self, message: Mapping[str, Any]) -> None:
        """Do what the browser asks: `sort`, `page` or `open`. Anything else, or what is not there, is left alone."""
        match message:
            case {"kind": "sort", "sort": str(name), "descending": bool(descending)} if name in {"", *self._columns}:
                self._sort(name, descending=descending)
                self._show(page=1, sort=name, descending=descending)
            case {"kind": "page", "page": int(page)} if 1 <= page <= self._pages:
                self._show(page=page)
            case {"kind": "open", "row": int(row)} if self._on_open and 0 <= row < len(self.grid.rows):
                self._on_open(self._places[(self.grid.page - 1) * self.grid.page_size + row])

    @property
    def _pages(self) -> int:
        return max(1, -(-len(self.rows) // self.grid.page_size))

    @param.depends("rows", watch=True)
    def _replaced(self) -> None:
        self._sort(self.grid.sort, descending=self.grid.descending)
        self._show(page=1)

    def _sort(self, name: str, *, descending: bool) -> None:
        self._places = list(range(len(self.rows)))
        if name:
            values = self.rows[name].reset_index(drop=True)
            self._places = values.sort_values(
                ascending=not descending, kind="stable", na_position="last"
            ).index.tolist()

    def _show(self, *, page: int, **changes: object) -> None:
        start = (page - 1) * self.grid.page_size
        places = self._places[start : start + self.grid.page_size]
        shown = self.rows[list(self._columns)].iloc[places]
        texts = [
            [formats.NONE if pd.isna(value) else column.write(value) for value in shown[name].tolist()]
            for name, column in self._columns.items()
        ]
        rows = [list(row) for row in zip(*texts, strict=True)]
        self.grid.param.update(rows=rows, total=len(self.rows), page=page, **changes)
