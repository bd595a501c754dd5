"""The bill of the whole estate, line by line: what the CUR export states and what Cost Explorer adds up.

Amounts and quantities are whole numbers of 1e-10 (USD, hours, …), so any sum of lines is exact. No amount reaches
100,000 USD, so each has at most 15 significant digits and the shortest text of its `double` is the amount itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipelines.demo.estate import Account, ClientEstate, Desktop, Directory, Estate, Window
from pipelines.demo.prices import E10
from pipelines.demo.running_modes import ALWAYS_ON, AUTO_STOP, mode_spans
from pipelines.demo.tariffs import Tariff, TariffBook
from workbench.clock import next_month

TAX_RATE_PERCENT = 8

type Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLines:
    """Lines as columns of equal length. `resource` indexes `Bill.resources` (-1: none), days are half-open."""

    tariff: Ints
    account: Ints
    resource: Ints
    start_day: Ints
    end_day: Ints
    quantity_e10: Ints
    amount_e10: Ints

    def __len__(self) -> int:
        """How many lines."""
        return int(self.tariff.size)

    def where(self, chosen: NDArray[np.bool_] | Ints) -> BillLines:
        """The chosen lines, by mask or by position."""
        return BillLines(**{name: getattr(self, name)[chosen] for name in self.__slots__})


@dataclass
class Bill:
    """All lines with what their numbers mean: tariffs, accounts, resources (ARNs) with the tags they carry."""

    book: TariffBook
    accounts: list[str] = field(default_factory=list)
    resources: list[str] = field(default_factory=list)
    resource_tags: list[tuple[tuple[str, str], ...]] = field(default_factory=list)
    blocks: list[BillLines] = field(default_factory=list)

    @property
    def lines(self) -> BillLines:
        """All lines in the order in which they were written."""
        if len(self.blocks) != 1:
            columns = {n: np.concatenate([getattr(b, n) for b in self.blocks]) for n in BillLines.__slots__}
            self.blocks = [BillLines(**columns)]
        return self.blocks[0]

    def account_number(self, account_id: str) -> int:
        """The number that lines have for this account."""
        return self.accounts.index(account_id)

    def add_line(self, tariff: Tariff, account_id: str, resource: int, days: tuple[int, int], amount_e10: int) -> None:
        """Add one line of its own kind: quantity 1, or 0 when it is no usage."""
        quantity = E10 if tariff.line_type == "Usage" else 0
        row = (self.book.number(tariff), self.account_number(account_id), resource, *days, quantity, amount_e10)
        self.blocks.append(_block([row]))


def draw_bill(estate: Estate, running: list[NDArray[np.uint8]], book: TariffBook) -> Bill:
    """The regular lines of all clients, tax included; `running` has one (desktops, days) matrix a client."""
    bill = Bill(book=book)
    for client, hours in zip(estate.clients, running, strict=True):
        bill.accounts.extend(account.account_id for account in client.accounts)
        rows: list[tuple[int, ...]] = []
        for row, desktop in enumerate(client.desktops):
            resource = len(bill.resources)
            bill.resources.append(desktop_arn(desktop))
            bill.resource_tags.append(desktop.tags)
            account = bill.account_number(desktop.account_id)
            rows.extend((t, account, resource, *rest) for t, *rest in _monthly_fees(desktop, estate.window, book))
            bill.blocks.extend(_hour_lines(desktop, estate.window, book, hours[row], account, resource))
        rows.extend(_directory_lines(client, estate.window, bill))
        bill.blocks.append(_block(rows))
    bill.blocks.append(_taxes(bill, estate))
    return bill


def desktop_arn(desktop: Desktop) -> str:
    """The ARN under which bills and tags know a WorkSpace."""
    return f"arn:aws:workspaces:{desktop.region}:{desktop.account_id}:workspace/{desktop.workspace_id}"


def directory_arn(account: Account, directory: Directory) -> str:
    """The ARN under which bills know a directory."""
    return f"arn:aws:ds:{directory.region}:{account.account_id}:directory/{directory.directory_id}"


def _monthly_fees(desktop: Desktop, window: Window, book: TariffBook) -> Iterator[tuple[int, ...]]:
    """(tariff, start day, end day, quantity, amount) of the monthly fees: on the 1st, at creation, at a mode change."""
    created = window.day(desktop.created_at.date())
    first, last = _billed_days(desktop, window)
    spans = mode_spans(desktop, window)
    for month in range(len(window.month_starts)):
        start, length = window.month_start_day(month), window.month_days(month)
        end = start + length
        # AWS carries a migrated WorkSpace's month over to the new id, so the new one pays from the next 1st.
        carried = desktop.migrated_from is not None and start <= created < end
        charge = max(start, first)
        if charge < min(end, last) and not carried:
            mode = next(mode for begin, stop, mode in spans if begin <= charge < stop)
            fee = "alwayson_month" if mode == ALWAYS_ON else "autostop_base"
            hardware = desktop.hardware_on(charge)
            yield _monthly(
                book.desktop_fee(fee, desktop.region, hardware, window.date_of(charge)), charge, end, length, book
            )
            if desktop.has_office:
                yield _monthly(book.office_licence(desktop.region), charge, end, length, book)
            if hardware.user_gib > 100:
                yield _monthly(book.extra_storage(desktop.region), charge, end, length, book, hardware.user_gib - 100)
        for begin, _, mode in spans:
            if mode == ALWAYS_ON and charge < begin < min(end, last):
                hardware = desktop.hardware_on(begin)
                tariff = book.desktop_fee("alwayson_month", desktop.region, hardware, window.date_of(begin))
                yield _monthly(tariff, begin, end, length, book)


def _monthly(tariff: int, day: int, end: int, length: int, book: TariffBook, units: int = 1) -> tuple[int, ...]:
    """One monthly line: the whole fee on the 1st, else the share of the month that is left."""
    share = end - day
    quantity = _divided(units * share * E10, length)
    amount = _divided(book.tariffs[tariff].price_e10 * units * share, length)
    return tariff, day, day + 1, quantity, amount


def _hour_lines(
    desktop: Desktop, window: Window, book: TariffBook, hours: NDArray[np.uint8], account: int, resource: int
) -> Iterator[BillLines]:
    """One AutoStop-Usage line for each day on which the desktop ran while it was billed by the hour."""
    first, last = _billed_days(desktop, window)
    change = window.day(book.prices.change_on)
    for begin, stop, mode in mode_spans(desktop, window):
        if mode != AUTO_STOP:
            continue
        edges = {max(begin, first), min(stop, last, window.days)}
        edges |= {day for day in (change, desktop.upgrade_day or 0) if min(edges) < day < max(edges)}
        ordered = sorted(edges)
        for left, right in pairwise(ordered):
            days = left + np.flatnonzero(hours[left:right])
            if not days.size:
                continue
            tariff = book.desktop_fee("autostop_hours", desktop.region, desktop.hardware_on(left), window.date_of(left))
            run = hours[days].astype(np.int64)
            yield BillLines(
                tariff=np.full(days.size, tariff),
                account=np.full(days.size, account),
                resource=np.full(days.size, resource),
                start_day=days,
                end_day=days + 1,
                quantity_e10=run * E10,
                amount_e10=run * book.tariffs[tariff].price_e10,
            )


def _billed_days(desktop: Desktop, window: Window) -> tuple[int, int]:
    first = max(0, window.day(desktop.created_at.date()))
    last = window.days if desktop.terminated_at is None else window.day(desktop.terminated_at.date()) + 1
    return first, last if desktop.bill_end_day is None else desktop.bill_end_day


def _directory_lines(client: ClientEstate, window: Window, bill: Bill) -> Iterator[tuple[int, ...]]:
    born = max(0, min(window.day(d.created_at.date()) for d in client.desktops))
    ended = [
        window.days if d.terminated_at is None else window.day(d.terminated_at.date()) + 1 for d in client.desktops
    ]
    for account in client.accounts:
        number = bill.account_number(account.account_id)
        for directory in account.directories:
            resource = len(bill.resources)
            bill.resources.append(directory_arn(account, directory))
            bill.resource_tags.append(())
            tariff = bill.book.directory(directory.region, directory.kind, directory.size)
            for month in range(len(window.month_starts)):
                start = max(born, window.month_start_day(month))
                end = min(max(ended), window.month_start_day(month) + window.month_days(month))
                if start < end:
                    hours = 24 * (end - start)
                    price = bill.book.tariffs[tariff].price_e10
                    yield tariff, number, resource, start, end, hours * E10, hours * price


def _taxes(bill: Bill, estate: Estate) -> BillLines:
    """One tax line for each account and month with usage, in whole cents."""
    window, lines = estate.window, bill.lines
    month_edges = np.array([window.month_start_day(m) for m in range(len(window.month_starts))])
    month = np.searchsorted(month_edges, lines.start_day, side="right") - 1
    months = len(month_edges)
    key = lines.account * months + month
    totals = np.zeros(len(bill.accounts) * months, dtype=np.int64)
    np.add.at(totals, key, lines.amount_e10)
    rows: list[tuple[int, ...]] = []
    for number in np.unique(key).tolist():
        account, at = divmod(number, months)
        # Percent of a dollar are cents of a dollar.
        cents = _divided(int(totals[number]) * TAX_RATE_PERCENT, E10)
        first = window.month_starts[at]
        rows.append(
            (
                bill.book.number(tax_tariff()),
                account,
                -1,
                window.day(first),
                window.day(next_month(first)),
                0,
                cents * (E10 // 100),
            )
        )
    return _block(rows)


def tax_tariff() -> Tariff:
    """Tax has no usage type; its description says what it is."""
    return Tariff(
        fee="tax",
        line_type="Tax",
        usage_type="",
        description="Tax for product code AmazonWorkSpaces",
        region="us-east-1",
    )


def _divided(numerator: int, denominator: int) -> int:
    """The quotient rounded half to even, in whole numbers."""
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    return quotient + (twice > denominator or (twice == denominator and quotient % 2 == 1))


def _block(rows: list[tuple[int, ...]]) -> BillLines:
    table = np.array(rows, dtype=np.int64).reshape(-1, 7)
    return BillLines(**{name: table[:, column] for column, name in enumerate(BillLines.__slots__)})
