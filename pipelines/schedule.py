"""The worker: runs the pipelines in turn, answers requests for runs and for marts, until it is told to stop.

Two lines of work, one thread each. `sync` runs rounds and requested runs, one after the other. `marts` looks every
second whether somebody needs a mart that is not there, and is not kept waiting by a long round.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import replace
from datetime import datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from pipelines import mirror
from pipelines.history import PipelineIsRunning
from pipelines.mirror import build_missing_marts
from pipelines.registry import PIPELINES, run_named
from pipelines.run import Context
from workbench.errors import WorkbenchError
from workbench.log import get_logger
from workbench.queries import query

# The order of a round. The first marts are published after the bill: most questions can be answered from then on.
FIRST = ("inventory", "prices", "billing")
REST = ("usage", "cloudtrail")
EVERYTHING = "all"
ROUND_CHECK_SECONDS = 20

log = get_logger(module="schedule")


def keep_fresh(context: Context) -> None:
    """Work until `context.stop` is set. Returns when what is running has come to a stop between two transactions."""
    # A job that waits for the thread is skipped meanwhile; that is meant and no warning.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = BackgroundScheduler(
        executors={"sync": ThreadPoolExecutor(1), "marts": ThreadPoolExecutor(1)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone="UTC",
    )
    _give_back_requests(context)
    started_at = context.clock()
    pause = timedelta(minutes=context.settings.sync_every_minutes)
    scheduler.add_job(
        run_round, "interval", [context, pause], seconds=ROUND_CHECK_SECONDS, executor="sync", next_run_time=started_at
    )
    scheduler.add_job(answer_request, "interval", [context], seconds=1, executor="sync")
    scheduler.add_job(answer_mart_requests, "interval", [context], seconds=1, executor="marts")
    scheduler.start()
    log.info("worker_started", pause_minutes=context.settings.sync_every_minutes)
    context.stop.wait()
    scheduler.shutdown(wait=True)
    log.info("worker_stopped")


def run_round(context: Context, pause: timedelta) -> None:
    """Once a pipeline has not run for `pause`, run all that have not for half of it; then make the marts.

    They run together, so that a round makes the marts once.
    """
    last, now = _last_runs(context), context.clock()

    def has_rested(name: str, rest: timedelta) -> bool:
        return name not in last or last[name] <= now - rest

    if not any(has_rested(name, pause) for name in (*FIRST, *REST)):
        if not context.settings.mirror_file.exists():
            _run(context, mirror.SYNC_TYPE)
        return

    def is_due(name: str) -> bool:
        return has_rested(name, pause / 2)

    ran = [_run(context, name) for name in FIRST if is_due(name)]
    if any(ran) and not context.settings.mirror_file.exists():
        _run(context, mirror.SYNC_TYPE)
    ran += [_run(context, name) for name in REST if is_due(name)]
    if any(ran):
        _run(context, mirror.SYNC_TYPE)


def answer_request(context: Context) -> None:
    """Run what somebody asked for, oldest first, and publish what came of it."""
    try:
        with context.postgres.connection() as connection:
            request = connection.execute(query("postgres/pipelines/take_request").text).fetchone()
        if request is None:
            return
        request_id, sync_type, account_id = request
        asked = replace(context, only_accounts=frozenset({account_id})) if account_id else context
        names = [*FIRST, *REST] if sync_type == EVERYTHING else [sync_type]
        run_ids = [_run(asked, name) for name in names if name in PIPELINES]
        if sync_type != mirror.SYNC_TYPE:
            _run(context, mirror.SYNC_TYPE)
        # A request whose pipelines could not run is answered too; its id names no run then.
        answered = next((run_id for run_id in run_ids if run_id), uuid.uuid4())
        with context.postgres.connection() as connection:
            connection.execute(query("postgres/pipelines/request_done").text, {"id": request_id, "run_id": answered})
    # The edge of this line of work: it goes on in a second.
    except Exception as error:
        _log_failure("sync_request_failed", error)


def answer_mart_requests(context: Context) -> None:
    """Build the marts that somebody needs and that are not there."""
    try:
        build_missing_marts(context)
    except PipelineIsRunning:
        return  # the mirror is being made and builds them all
    # The edge of this line of work: it goes on in a second.
    except Exception as error:
        _log_failure("mart_request_failed", error)


def _run(context: Context, name: str) -> uuid.UUID | None:
    """Run one pipeline; returns its run's id, or None if it could not run. One that fails does not stop the others."""
    if context.stop.is_set():
        return None
    try:
        return run_named(context, name).run_id
    except PipelineIsRunning:
        log.info("pipeline_runs_elsewhere", pipeline=name)
    # The edge of a pipeline: the round goes on with the next.
    except Exception as error:
        _log_failure("pipeline_failed", error, pipeline=name)
    return None


def _last_runs(context: Context) -> dict[str, datetime]:
    try:
        with context.postgres.connection() as connection:
            return dict(connection.execute(query("postgres/pipelines/last_runs").text).fetchall())
    except WorkbenchError as error:
        _log_failure("history_unreadable", error)
        return {}


def _give_back_requests(context: Context) -> None:
    with context.postgres.connection() as connection:
        connection.execute(query("postgres/pipelines/requests_dropped").text, {"taken_before": context.clock()})


def _log_failure(event: str, error: Exception, **fields: object) -> None:
    is_told = isinstance(error, WorkbenchError)
    log.error(
        event,
        error=type(error).__name__,
        exc_info=None if is_told else error,
        what=str(error) if is_told else None,
        **fields,
    )
