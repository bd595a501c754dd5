"""The bill line by line, from the payer's CUR 2.0 export: months whose files changed are downloaded and loaded."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from pipelines.aws import cur
from pipelines.aws.connect import AwsRegion
from pipelines.bill_keeper import BillKeeper
from pipelines.billed_month import BilledMonth
from workbench.log import get_logger

SOURCE = "cur2"

log = get_logger(module="bill_lines")


def read_export(keeper: BillKeeper, payer: AwsRegion) -> None:
    """Load the months of the export that are new or changed, side by side."""
    settings = keeper.context.settings
    export = cur.Export(bucket=settings.cur_bucket, prefix=settings.cur_prefix, name=settings.cur_export)
    known = keeper.known_months(SOURCE)
    changed = [
        delivery
        for delivery in cur.deliveries(payer, export)
        if delivery.month >= keeper.oldest_month
        and (keeper.context.since or known.get(delivery.month, ("",))[0] != _fingerprint(keeper, delivery))
    ]

    def read_month(delivery: cur.Delivery) -> None:
        if not keeper.context.stop.is_set():
            what = f"CUR {delivery.month:%Y-%m}"
            keeper.attempt(what, partial(_read_delivery, keeper, payer, export, delivery))

    with ThreadPoolExecutor(settings.aws_workers, thread_name_prefix="billing") as pool:
        list(pool.map(read_month, reversed(changed)))


def _read_delivery(keeper: BillKeeper, payer: AwsRegion, export: cur.Export, delivery: cur.Delivery) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="workbench-cur-") as folder,
        BilledMonth(cur.fetch(payer, export, delivery, Path(folder))) as month,
    ):
        _load(keeper, delivery, month)


def _load(keeper: BillKeeper, delivery: cur.Delivery, month: BilledMonth) -> None:
    first = delivery.month
    if month.unknown_usage_types:
        log.warning("usage_types_unknown", month=str(first), usage_types=month.unknown_usage_types)
    counts = month.lines_by_account
    if strangers := sorted(set(counts) - set(keeper.accounts)):
        lines = sum(counts[account_id] for account_id in strangers)
        log.info("billed_accounts_unknown", month=str(first), account_ids=strangers, lines=lines)

    def load_account(account_id: str) -> None:
        rows = (
            (
                SOURCE,
                account_id,
                first,
                *line,
            )
            for line in month.lines_of(account_id)
        )
        keeper.replace(SOURCE, account_id, first, rows, names_workspaces=True)

    accounts = keeper.stated_accounts(SOURCE, first, counts)
    loaded = [keeper.attempt(f"CUR {first:%Y-%m}", partial(load_account, a), [a]) for a in accounts]
    if all(loaded):
        keeper.remember(SOURCE, first, _fingerprint(keeper, delivery))


def _fingerprint(keeper: BillKeeper, delivery: cur.Delivery) -> str:
    return f"{delivery.fingerprint}:{keeper.everyone}"
