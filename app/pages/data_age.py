"""How old the data of a page are, judged the same on every page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.data.cache import MartCache
from app.data.overview_charts import OverviewCharts, overview_charts
from app.data.staleness import staleness
from workbench.marts import Mart

if TYPE_CHECKING:
    from app.doors import Doors


def figures_and_age(doors: Doors, cache: MartCache, mart: Mart) -> tuple[OverviewCharts, str]:
    """What the overview shows of `mart`, kept for all pages, and why it counts as stale; empty when it does not."""
    charts = cache.get(mart, "overview", build=lambda: overview_charts(mart))
    stale = staleness(
        charts.overview.totals.as_of,
        doors.clock(),
        limit_minutes=doors.settings.mirror_max_age_minutes,
        accounts=charts.freshness,
    )
    return charts, stale
