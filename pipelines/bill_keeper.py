"""Keeps the bills of one run: who has been loaded, what failed for whom, which months are known already.

Invariant: an account's month of one source is replaced as a whole, in one transaction, unchanged lines untouched.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from pipelines.aws.connect import Account
from pipelines.aws.refusals import explain, is_expected
from pipelines.load import NOTHING, Loaded, merge, open_stage, stage
from pipelines.run import Context, Run
from pipelines.tables import BILLING_DATA
from workbench.clock import first_of_month, months_back
from workbench.errors import DatabaseIsAway
from workbench.log import get_logger
from workbench.queries import query

log = get_logger(module="bill_keeper")


@dataclass(slots=True)
class Tally:
    """What became of one account in this run."""

    history_id: int
    loaded: Loaded = NOTHING
    changed_months: set[date] = field(default_factory=set)  #: of the export, whose lines name WorkSpaces
    errors: list[str] = field(default_factory=list)


@dataclass(slots=True)
class BillKeeper:
    """The bills of one run. Months are read side by side, so tallies are kept under a lock."""

    run: Run
    started_at: datetime
    accounts: dict[str, Account]
    tallies: dict[str, Tally]
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def context(self) -> Context:
        """The doors of the run."""
        return self.run.context

    @property
    def today(self) -> date:
        """The day of the run, UTC."""
        return self.started_at.astimezone(UTC).date()

    @property
    def oldest_month(self) -> date:
        """The first month that this run may read."""
        oldest = months_back(self.today, self.context.settings.history_months - 1)
        since = self.context.since
        return max(oldest, first_of_month(since)) if since else oldest

    @property
    def everyone(self) -> str:
        """A digest of the accounts: when one joins, months that were read without it are read again."""
        return hashlib.sha256(",".join(self.accounts).encode()).hexdigest()[:16]

    def attempt(self, what: str, read: Callable[[], None], account_ids: Iterable[str] | None = None) -> bool:
        """Read one source, month or account. What goes wrong is written down for these accounts, or all, and goes on.

        Raises DatabaseIsAway: then nothing can be written down either.
        """
        try:
            read()
        except DatabaseIsAway:
            raise
        # The edge of a part: whatever goes wrong belongs to this source, month and account.
        except Exception as error:
            log.warning(
                "bill_part_failed",
                what=what,
                error=type(error).__name__,
                exc_info=None if is_expected(error) else error,
            )
            with self._lock:
                for account_id in self.accounts if account_ids is None else account_ids:
                    self.tallies[account_id].errors.append(f"{what}: {explain(error)}")
            return False
        return True

    def replace(
        self, source: str, account_id: str, month: date, rows: Iterable[tuple[object, ...]], *, names_workspaces: bool
    ) -> None:
        """Make `rows` (in the order of BILLING_DATA) all that the source states of the account's month."""
        with self.context.postgres.connection() as connection:
            open_stage(connection, BILLING_DATA)
            read = stage(connection, BILLING_DATA, rows)
            slice_of = {"source": source, "account_id": account_id, "billing_period": month}
            deleted = connection.execute(query("postgres/pipelines/gone_bill_lines").text, slice_of).rowcount
            loaded = merge(connection, BILLING_DATA, read=read) + Loaded(deleted=deleted)
        with self._lock:
            tally = self.tallies[account_id]
            tally.loaded += loaded
            if loaded.written and names_workspaces:
                tally.changed_months.add(month)

    def stated_accounts(self, source: str, month: date, stated: Iterable[str]) -> list[str]:
        """Our accounts that the source states this month, or has stated it before: what is no longer there goes."""
        with self.context.postgres.connection() as connection:
            rows = connection.execute(
                query("postgres/pipelines/billed_accounts").text, {"source": source, "billing_period": month}
            ).fetchall()
        return sorted(set(self.accounts) & ({row[0] for row in rows} | set(stated)))

    def known_months(self, source: str) -> dict[date, tuple[str, datetime]]:
        """(fingerprint, when it was read) of each month that all accounts have of the source."""
        with self.context.postgres.connection() as connection:
            rows = connection.execute(query("postgres/pipelines/billing_reads").text, {"source": source}).fetchall()
        return {month: (fingerprint, read_at) for month, fingerprint, read_at in rows}

    def remember(self, source: str, month: date, fingerprint: str) -> None:
        """Write down that all accounts have the month, unless this run was asked for some of them alone."""
        if self.context.only_accounts is not None:
            return
        with self.context.postgres.connection() as connection:
            connection.execute(
                query("postgres/pipelines/billing_read").text,
                {
                    "source": source,
                    "billing_period": month,
                    "fingerprint": fingerprint,
                    "read_at": self.started_at,
                },
            )
