"""One row of filters over a table: a search field and a choice for each column."""

from __future__ import annotations

import panel as pn
import panel_material_ui as pmui
import param

from app.data.inventory_table import FilterChoices, InventoryFilters
from app.theme.formats import words

LABELS = {
    "client": ("Client", "All clients"),
    "region": ("Region", "All regions"),
    "state": ("State", "All states"),
    "running_mode": ("Running mode", "All modes"),
    "compute_type": ("Compute type", "All types"),
}
# Names of AWS that read better as words; the others are shown as AWS spells them.
AS_WORDS = ("state", "running_mode", "compute_type")


class FilterBar(pn.viewable.Viewer):
    """Widgets of `filters`, kept in step both ways."""

    filters = param.ClassSelector(class_=InventoryFilters, default=InventoryFilters(), instantiate=True)

    def __init__(self, choices: FilterChoices, **params: object) -> None:
        super().__init__(**params)
        self.search = pmui.TextInput(
            label="Search", placeholder="User, WorkSpace or computer", value=self.filters.q, size="small", margin=0
        )
        self.selects = {
            name: pmui.Select(
                label=label,
                options={everything: ""} | {words(c) if name in AS_WORDS else c: c for c in getattr(choices, name)},
                value=getattr(self.filters, name),
                size="small",
                margin=0,
            )
            for name, (label, everything) in LABELS.items()
        }
        self.clear = pmui.Button(label="Clear", icon="filter_alt_off", variant="text", size="small", margin=0)
        self.search.param.watch(lambda event: self._choose("q", event.new), "value")
        for name, select in self.selects.items():
            select.param.watch(lambda event, name=name: self._choose(name, event.new), "value")
        self.clear.on_click(lambda _: self._clear())
        for widget, basis in ((self.search, "2 1 210px"), *((s, "1 1 136px") for s in self.selects.values())):
            widget.param.update(sizing_mode="stretch_width", styles={"flex": basis, "min-width": "120px"})
        self._layout = pn.FlexBox(
            self.search,
            *self.selects.values(),
            self.clear,
            gap="10px",
            align_items="center",
            sizing_mode="stretch_width",
        )

    def __panel__(self) -> pn.viewable.Viewable:
        """The bar, always the same."""
        return self._layout

    def _choose(self, name: str, value: str | None) -> None:
        setattr(self.filters, name, value or "")

    def _clear(self) -> None:
        with pn.io.hold(), param.parameterized.batch_call_watchers(self.filters):
            self.search.value = ""
            for select in self.selects.values():
                select.value = ""
