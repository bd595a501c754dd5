"""Bills: every line of the CUR export, and Cost Explorer's totals of the same months to check them against.

Afterwards WorkSpaces and hours of use learn from the lines: bills know WorkSpaces that were gone before the first sync.
"""

from __future__ import annotations

from functools import partial

from pipelines import history
from pipelines.aws.connect import Account, AwsRegion
from pipelines.bill_keeper import BillKeeper, Tally
from pipelines.bill_lines import read_export
from pipelines.bill_totals import read_totals
from pipelines.history import Entry, Status
from pipelines.load import Loaded, upsert
from pipelines.run import Context, Failure, Outcome, Run, active_accounts, run_pipeline
from pipelines.tables import WORKSPACE_TRACES
from pipelines.usage import work_out_months
from workbench.clock import next_month
from workbench.domain.fees import bundle_compute_type
from workbench.postgres import Connection
from workbench.queries import query

SYNC_TYPE = "billing"


def run(context: Context) -> Outcome:
    """Read the bills of all accounts. Parts: accounts."""
    return run_pipeline(context, SYNC_TYPE, _read_bills)


def _read_bills(run: Run) -> None:
    keeper = _open_keeper(run)
    if not keeper.accounts:
        return
    settings = run.context.settings
    payer = _open_payer(run.context)
    try:
        if settings.cur_bucket:
            keeper.attempt("CUR export", partial(read_export, keeper, payer))
        if settings.cost_explorer_account:
            keeper.attempt("Cost Explorer", partial(read_totals, keeper, payer))
    finally:
        payer.close()
    run.meter.count(calls=payer.meter.calls, throttles=payer.meter.throttles)
    for account_id, account in keeper.accounts.items():
        tally = keeper.tallies[account_id]
        if tally.changed_months:
            keeper.attempt("what follows from the bill", partial(_learn, keeper, account, tally), [account_id])
        _close(keeper, tally)
        run.add(tally.loaded)
        if tally.errors:
            run.fail(Failure(account_id=account_id, region=None, message="\n".join(tally.errors)))


def _open_keeper(run: Run) -> BillKeeper:
    started_at = run.context.clock()
    accounts = {account.account_id: account for account in active_accounts(run.context)}
    tallies = {}
    with run.context.postgres.connection() as connection:
        for account_id in accounts:
            history_id = history.start(
                connection, run_id=run.run_id, sync_type=SYNC_TYPE, started_at=started_at, account_id=account_id
            )
            tallies[account_id] = Tally(history_id)
    return BillKeeper(run, started_at, accounts, tallies)


def _open_payer(context: Context) -> AwsRegion:
    settings = context.settings
    if not settings.payer_role_arn:
        return context.aws.open_hub(settings.aws_region)
    payer = Account(
        account_id=settings.payer_role_arn.split(":")[4],
        client_id=0,
        account_name="payer",
        payer_account_id=None,
        role_arn=settings.payer_role_arn,
        external_id=settings.payer_external_id.get_secret_value(),
        regions=(settings.aws_region,),
    )
    return context.aws.open(payer, settings.aws_region)


def _close(keeper: BillKeeper, tally: Tally) -> None:
    status: Status = "FAILED" if tally.errors else "ABANDONED" if keeper.context.stop.is_set() else "SUCCEEDED"
    with keeper.context.postgres.connection() as connection:
        history.finish(
            connection,
            tally.history_id,
            Entry(
                status=status,
                completed_at=keeper.context.clock(),
                loaded=tally.loaded,
                error_message="\n".join(tally.errors) or None,
            ),
        )


def _learn(keeper: BillKeeper, account: Account, tally: Tally) -> None:
    """Let WorkSpaces and hours of use learn from the months that changed, in one transaction."""
    with keeper.context.postgres.connection() as connection:
        loaded = _learn_from_lines(connection, keeper, account, tally)
    tally.loaded += loaded


def _learn_from_lines(connection: Connection, keeper: BillKeeper, account: Account, tally: Tally) -> Loaded:
    place = {"account_id": account.account_id, "region": None, "now": keeper.started_at}
    traces = connection.execute(query("postgres/pipelines/billed_workspaces").text, place).fetchall()
    loaded = upsert(
        connection,
        WORKSPACE_TRACES,
        (
            (
                workspace_id,
                account.account_id,
                region,
                None,  # whose it was and what it was made from: bills do not tell
                None,
                None,
                "ALWAYS_ON" if fee == "alwayson_month" else "AUTO_STOP",
                bundle_compute_type(usage_type),
                "UNKNOWN",
                keeper.started_at,
                False,
            )
            for workspace_id, region, usage_type, fee in traces
        ),
    )
    learned = connection.execute(query("postgres/pipelines/workspace_life").text, place).rowcount
    worked_out = work_out_months(
        connection,
        account_id=account.account_id,
        region=None,
        month_from=min(tally.changed_months),
        month_to=next_month(max(tally.changed_months)),
        today=keeper.today,
    )
    return Loaded(inserted=loaded.inserted, updated=loaded.updated + learned) + worked_out
