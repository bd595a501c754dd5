"""The GBNF that holds a small model to a semantic query, and the way back from its JSON.

Only the measure and the grouping are the model's to choose: values, periods and numbers stay what the rules have read,
so that it can invent none. Only names that the mart can answer are offered.
"""

from __future__ import annotations

import json
from dataclasses import replace

from llm.catalog import Catalog
from llm.semantic import FIELDS, GRAINS, METRICS, CannotAnswer, SemanticQuery

MOST_DIMENSIONS = 3
_OFFERED = (
    "client", "account", "region", "state", "running_mode", "compute_type", "bundle", "directory", "os", "user",
    "workspace", "month", "quarter", "year", "service", "fee_class", "event", "actor", "sync_type", "sync_status",
)  # fmt: skip


def semantic_grammar(catalog: Catalog) -> str:
    """Return the GBNF of `{"metric":…,"by":[…]}` over what a mart with this catalogue can tell."""
    metrics = [name for name, metric in METRICS.items() if catalog.table(metric.table) is not None]
    fields = [name for name in _OFFERED if name in GRAINS or name == "workspace" or _has(catalog, name)]
    return (
        'root ::= "{\\"metric\\":" metric ",\\"by\\":[" (field ("," field){0,'
        f"{MOST_DIMENSIONS - 1}"
        '})? "]}"\n'
        f"metric ::= {_alternatives(metrics)}\n"
        f"field ::= {_alternatives(fields)}\n"
    )


def _has(catalog: Catalog, name: str) -> bool:
    known = catalog.table(FIELDS[name].table)
    return known is not None and (not known.columns or FIELDS[name].column in known.column_names)


def _alternatives(names: list[str]) -> str:
    return " | ".join(f'"\\"{name}\\""' for name in names)


def query_to_json(metric: str, by: tuple[str, ...]) -> str:
    """The text a model is shown and asked for."""
    return json.dumps({"metric": metric, "by": list(by)}, separators=(",", ":"))


def query_from_json(text: str, partial: SemanticQuery) -> SemanticQuery:
    """Complete what the rules have read: with the model's measure, and its grouping if they have none.

    Raises CannotAnswer if the text is no query.
    """
    try:
        found = json.loads(text)
        metric, by = str(found["metric"]), tuple(dict.fromkeys(map(str, found["by"])))
    except (ValueError, KeyError, TypeError):
        raise CannotAnswer("The model gave no query.") from None
    if metric not in METRICS or any(name not in FIELDS for name in by):
        raise CannotAnswer("The model named something that is not there.")
    if METRICS[metric].expression and partial.limit and not (partial.by or by):
        raise CannotAnswer("The model did not say of what the first ones are asked.")
    return replace(partial, metric=metric, by=partial.by or by)
