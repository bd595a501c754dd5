"""Runs a pipeline over all accounts and regions, side by side, each in a transaction of its own.

Invariant: what fails in one account or region is written into its row of sync_history and stops nobody else.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime

from psycopg.rows import kwargs_row

from pipelines import history
from pipelines.aws.connect import Account, AwsAccounts, AwsRegion
from pipelines.aws.pace import CallMeter, RunWasStopped
from pipelines.aws.refusals import explain, is_expected
from pipelines.history import Entry, Status
from pipelines.load import NOTHING, Loaded
from workbench.clock import Clock, system_clock
from workbench.errors import DatabaseIsAway
from workbench.log import get_logger
from workbench.postgres import Connection, Postgres
from workbench.queries import query
from workbench.settings import Settings

log = get_logger(module="run")


@dataclass(frozen=True, kw_only=True)
class Context:
    """The doors that a pipeline works with, and what it was asked to read."""

    settings: Settings
    postgres: Postgres
    aws: AwsAccounts
    clock: Clock = system_clock
    stop: threading.Event = field(default_factory=threading.Event)
    only_accounts: frozenset[str] | None = None  #: None: all ACTIVE ones
    since: date | None = None  #: read from this day on, whatever was read before


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A part that could not be read, in the words of sync_history."""

    account_id: str | None
    region: str | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run went."""

    sync_type: str
    run_id: uuid.UUID
    status: Status
    loaded: Loaded
    api_calls: int
    throttles: int
    parts: int
    failures: tuple[Failure, ...]
    seconds: float


@dataclass(slots=True, kw_only=True)
class Part:
    """One account, or one account in one region, within a run."""

    context: Context
    connection: Connection
    account: Account
    region: str | None
    started_at: datetime
    watermark_from: datetime | None = None
    watermark_to: datetime | None = None
    aws: AwsRegion | None = None

    @property
    def door(self) -> AwsRegion:
        """AWS, in this part's account and region."""
        assert self.aws is not None  # noqa: S101  # parts that read a region have one
        return self.aws

    @property
    def place(self) -> dict[str, str | None]:
        """The parameters that name this part in SQL."""
        return {"account_id": self.account.account_id, "region": self.region}


@dataclass(slots=True)
class Run:
    """A run under way: gathers what its parts did. Safe to use from many threads."""

    context: Context
    sync_type: str
    run_id: uuid.UUID = field(default_factory=uuid.uuid4)
    loaded: Loaded = NOTHING
    meter: CallMeter = field(default_factory=CallMeter)
    parts: int = 0
    failures: list[Failure] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, loaded: Loaded, meter: CallMeter | None = None) -> None:
        """Count what a part read and wrote."""
        with self._lock:
            self.parts += 1
            self.loaded += loaded
            if meter:
                self.meter.count(calls=meter.calls, throttles=meter.throttles)

    def fail(self, failure: Failure) -> None:
        """Count a part that failed."""
        with self._lock:
            self.failures.append(failure)

    @property
    def status(self) -> Status:
        """The status of the run as a whole, so far."""
        if not self.failures:
            return "SUCCEEDED"
        return "FAILED" if len(self.failures) >= self.parts else "PARTIAL"


def run_pipeline(context: Context, sync_type: str, body: Callable[[Run], None]) -> Outcome:
    """Run `body` under the pipeline's lock, with a row in sync_history for the whole.

    Raises PipelineIsRunning if another process runs it, DatabaseIsAway if the record cannot be written.
    """
    started_at = context.clock()
    with history.only_one(context.postgres, sync_type, started_at):
        run = Run(context, sync_type)
        with context.postgres.connection() as connection:
            history_id = history.start(connection, run_id=run.run_id, sync_type=sync_type, started_at=started_at)
        try:
            body(run)
        except RunWasStopped as error:
            run.fail(Failure(account_id=None, region=None, message=str(error)))
        completed_at = context.clock()
        status: Status = "ABANDONED" if context.stop.is_set() else run.status
        message = "\n".join(f"{f.account_id or 'all'} {f.region or ''}: {f.message}" for f in run.failures) or None
        with context.postgres.connection() as connection:
            history.finish(
                connection,
                history_id,
                Entry(
                    status=status,
                    completed_at=completed_at,
                    loaded=run.loaded,
                    meter=run.meter,
                    error_message=message,
                ),
            )
    outcome = Outcome(
        sync_type=sync_type,
        run_id=run.run_id,
        status=status,
        loaded=run.loaded,
        api_calls=run.meter.calls,
        throttles=run.meter.throttles,
        parts=run.parts,
        failures=tuple(run.failures),
        seconds=(completed_at - started_at).total_seconds(),
    )
    log.info(
        "pipeline_run_finished",
        pipeline=sync_type,
        status=status,
        run_id=str(run.run_id),
        read=run.loaded.read,
        written=run.loaded.written,
        api_calls=run.meter.calls,
        throttles=run.meter.throttles,
        failed_parts=len(run.failures),
        seconds=round(outcome.seconds, 3),
    )
    return outcome


def run_everywhere(context: Context, sync_type: str, read: Callable[[Part], Loaded]) -> Outcome:
    """Run `read` for each region of each account; see run_pipeline."""

    def body(run: Run) -> None:
        places = [(account, region) for account in active_accounts(context) for region in account.regions]
        run_parts(run, places, read)

    return run_pipeline(context, sync_type, body)


def run_parts(run: Run, places: Sequence[tuple[Account, str | None]], read: Callable[[Part], Loaded]) -> None:
    """Run `read` for each place in threads and wait for all. Raises DatabaseIsAway if the record went away."""
    with ThreadPoolExecutor(run.context.settings.aws_workers, thread_name_prefix=run.sync_type) as pool:
        futures = [pool.submit(_run_part, run, account, region, read) for account, region in places]
    for future in futures:
        future.result()


def active_accounts(context: Context) -> list[Account]:
    """The accounts that this run reads, by id."""
    with context.postgres.connection() as connection:
        cursor = connection.cursor(row_factory=kwargs_row(_account))
        accounts = cursor.execute(query("postgres/pipelines/active_accounts").text).fetchall()
    chosen = context.only_accounts
    return [account for account in accounts if chosen is None or account.account_id in chosen]


def _account(
    *,
    account_id: str,
    client_id: int,
    account_name: str,
    payer_account_id: str | None,
    role_arn: str,
    external_id: str,
    regions: list[str],
) -> Account:
    return Account(
        account_id=account_id,
        client_id=client_id,
        account_name=account_name,
        payer_account_id=payer_account_id,
        role_arn=role_arn,
        external_id=external_id,
        regions=tuple(regions),
    )


def _run_part(run: Run, account: Account, region: str | None, read: Callable[[Part], Loaded]) -> None:
    context = run.context
    if context.stop.is_set():
        return
    started_at = context.clock()
    with context.postgres.connection() as connection:
        history_id = history.start(
            connection,
            run_id=run.run_id,
            sync_type=run.sync_type,
            started_at=started_at,
            account_id=account.account_id,
            region=region,
        )
    meter, aws = CallMeter(), None
    try:
        with context.postgres.connection() as connection:
            part = Part(context=context, connection=connection, account=account, region=region, started_at=started_at)
            if region is not None:
                part.aws = aws = context.aws.open(account, region)
                meter = aws.meter
            loaded = read(part)
            entry = Entry(
                status="SUCCEEDED",
                completed_at=context.clock(),
                loaded=loaded,
                meter=meter,
                watermark_from=part.watermark_from,
                watermark_to=part.watermark_to,
            )
            history.finish(connection, history_id, entry)
        run.add(loaded, meter)
    # The edge of a part: whatever goes wrong here is this account's and region's, and is written down as such.
    except Exception as error:
        run.add(NOTHING, meter)
        _record_failure(run, history_id, account, region, meter, error)
    finally:
        if aws is not None:
            aws.close()


def _record_failure(
    run: Run, history_id: int, account: Account, region: str | None, meter: CallMeter, error: Exception
) -> None:
    if isinstance(error, DatabaseIsAway):
        raise error
    message = explain(error)
    log.warning(
        "pipeline_part_failed",
        pipeline=run.sync_type,
        account_id=account.account_id,
        region=region,
        error=type(error).__name__,
        exc_info=None if is_expected(error) else error,
    )
    with run.context.postgres.connection() as connection:
        status: Status = "ABANDONED" if isinstance(error, RunWasStopped) else "FAILED"
        history.finish(
            connection,
            history_id,
            Entry(status=status, completed_at=run.context.clock(), meter=meter, error_message=message),
        )
    run.fail(Failure(account_id=account.account_id, region=region, message=message))
