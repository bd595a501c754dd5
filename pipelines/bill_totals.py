"""The bill's totals from Cost Explorer, by account, month and usage type: a second witness, never added in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial

from pipelines.aws import costexplorer
from pipelines.aws.connect import AwsRegion
from pipelines.aws.costexplorer import Cost
from pipelines.bill_keeper import BillKeeper
from workbench.clock import months_back, next_month
from workbench.domain.fees import fee_class
from workbench.log import get_logger

SOURCE = "ce"
# Each page costs a cent, and the data change a few times a day.
PAUSE = timedelta(hours=6)
# From then on AWS restates a month only in rare corrections, which the export brings anyway.
SETTLED_AFTER = timedelta(days=10)

log = get_logger(module="bill_totals")


def read_totals(keeper: BillKeeper, payer: AwsRegion) -> None:
    """Load the months that are open, not settled or not known yet, with as few pages as that takes."""
    months = _wanted_months(keeper)
    if not months:
        return
    costs: dict[tuple[str, date], list[Cost]] = {}
    # Cost Explorer knows nothing of today yet, so today is the exclusive end of the open month.
    for cost in costexplorer.monthly_costs(payer, months[0], min(keeper.today, next_month(months[-1]))):
        costs.setdefault((cost.account_id, cost.month), []).append(cost)
    if strangers := sorted({account_id for account_id, _ in costs} - set(keeper.accounts)):
        log.info("billed_accounts_unknown", source=SOURCE, account_ids=strangers)

    def load_account(account_id: str, month: date) -> None:
        rows = [_row(cost) for cost in costs.get((account_id, month), [])]
        keeper.replace(SOURCE, account_id, month, rows, names_workspaces=False)

    for month in months:
        accounts = keeper.stated_accounts(SOURCE, month, {a for a, m in costs if m == month})
        what = f"Cost Explorer {month:%Y-%m}"
        loaded = [keeper.attempt(what, partial(load_account, a, month), [a]) for a in accounts]
        if all(loaded):
            keeper.remember(SOURCE, month, keeper.everyone)


def _wanted_months(keeper: BillKeeper) -> list[date]:
    """The months to ask for, without a hole: one range is one question."""
    known = keeper.known_months(SOURCE)
    month = max(keeper.oldest_month, months_back(keeper.today, costexplorer.KEPT_MONTHS))
    months: list[date] = []
    while month < keeper.today:
        if months or not _is_known(keeper, month, known.get(month)):
            months.append(month)
        month = next_month(month)
    return months


def _is_known(keeper: BillKeeper, month: date, read: tuple[str, datetime] | None) -> bool:
    if read is None or keeper.context.since or read[0] != keeper.everyone:
        return False
    end = next_month(month)
    is_settled = read[1] >= datetime(end.year, end.month, end.day, tzinfo=UTC) + SETTLED_AFTER
    return is_settled or keeper.started_at - read[1] < PAUSE


def _row(cost: Cost) -> tuple[object, ...]:
    kind = fee_class(charge_type=cost.charge_type, service=cost.service, usage_type=cost.usage_type, description=None)
    return (
        SOURCE,
        cost.account_id,
        cost.month,
        None,  # workspace_id, resource_id and region: Cost Explorer does not tell
        None,
        None,
        cost.service,
        cost.usage_type,
        cost.charge_type,
        kind.value,
        None,
        cost.month,
        next_month(cost.month),
        cost.usage_quantity,
        cost.usage_unit,
        cost.amount,
        None,
        cost.currency,
        None,
        cost.is_estimated,
    )
