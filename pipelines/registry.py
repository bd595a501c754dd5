"""The pipelines by name, in the order in which a first sync runs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipelines import billing, cloudtrail, inventory, mirror, prices, usage
from pipelines.run import Context, Outcome
from workbench.errors import WorkbenchError


class NoSuchPipeline(WorkbenchError):
    """A pipeline is asked for that does not exist."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What runs under a name, and what it is for."""

    run: Callable[[Context], Outcome]
    meaning: str


PIPELINES = {
    inventory.SYNC_TYPE: Pipeline(inventory.run, "WorkSpaces, directories, bundles, tags, connections"),
    billing.SYNC_TYPE: Pipeline(billing.run, "the bill from the CUR export, checked by Cost Explorer"),
    usage.SYNC_TYPE: Pipeline(usage.run, "connected time from CloudWatch, hours of use per month"),
    cloudtrail.SYNC_TYPE: Pipeline(cloudtrail.run, "who created, changed and terminated WorkSpaces"),
    prices.SYNC_TYPE: Pipeline(prices.run, "list prices"),
    mirror.SYNC_TYPE: Pipeline(mirror.run, "the DuckDB mirror of the record, and a mart for each scope"),
}


def run_named(context: Context, name: str) -> Outcome:
    """Run the pipeline called `name`. Raises NoSuchPipeline, and what the pipeline raises."""
    if name not in PIPELINES:
        raise NoSuchPipeline(f"There is no pipeline {name!r}.", do=f"Take one of {', '.join(PIPELINES)}.")
    return PIPELINES[name].run(context)
