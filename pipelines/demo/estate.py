"""The records of the simulated estate: clients, accounts, directories, bundles and desktops with their whole life.

Days are counted from the first day of the window (day 0 is the 1st of its first month), slots are 5 minutes counted
from the same midnight UTC. Everything follows from (seed, scale, as_of): nothing here reads a clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

from workbench.clock import months_back, next_month

SLOTS_PER_HOUR = 12
SLOTS_PER_DAY = 288


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How big an estate is: clients, WorkSpaces in the inventory on the last day, months of history."""

    name: str
    clients: int
    desktops: int
    months: int


SCALES = {
    scale.name: scale
    for scale in (
        Scale(name="small", clients=3, desktops=120, months=6),
        Scale(name="demo", clients=8, desktops=900, months=18),
        Scale(name="bench", clients=40, desktops=20_000, months=24),
    )
}


@dataclass(frozen=True, kw_only=True)
class Window:
    """The days the simulated AWS knows: from the 1st of the first month to `as_of`, its last day with data."""

    as_of: date
    months: int

    @cached_property
    def start(self) -> date:
        """Day 0."""
        return months_back(self.as_of, self.months - 1)

    @cached_property
    def month_starts(self) -> tuple[date, ...]:
        """The 1st of each month of the window; the last is the month of `as_of`, which is still open."""
        starts = [self.start]
        while (following := next_month(starts[-1])) <= self.as_of:
            starts.append(following)
        return tuple(starts)

    @cached_property
    def days(self) -> int:
        """How many days, `as_of` included."""
        return (self.as_of - self.start).days + 1

    @property
    def end_at(self) -> datetime:
        """The present of the simulated AWS: midnight UTC at the end of `as_of`."""
        return self.instant(self.days)

    def date_of(self, day: int) -> date:
        """The date of a day number."""
        return self.start + timedelta(days=day)

    def day(self, when: date) -> int:
        """The day number of a date; negative before the window."""
        return (when - self.start).days

    def instant(self, day: int, seconds: int = 0) -> datetime:
        """The instant `seconds` after the midnight UTC that begins `day`."""
        midnight = datetime(self.start.year, self.start.month, self.start.day, tzinfo=UTC)
        return midnight + timedelta(days=day, seconds=seconds)

    def slot(self, moment: datetime) -> int:
        """The 5-minute slot that holds `moment`."""
        return int((moment - self.instant(0)).total_seconds() // 300)

    def month_start_day(self, month: int) -> int:
        """The day number of the 1st of a month of the window; `month` may count back from the end, as an index does."""
        return self.day(self.month_starts[month])

    def month_days(self, month: int) -> int:
        """The number of days of a month of the window, also when `as_of` cuts it short."""
        first = self.month_starts[month]
        return (next_month(first) - first).days

    def month_label(self, month: int) -> str:
        """YYYY-MM."""
        return self.month_starts[month].strftime("%Y-%m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who a desktop is for, as the client's people list has them."""

    user_name: str
    display_name: str
    email: str
    department: str


@dataclass(frozen=True, slots=True)
class Hardware:
    """What a bundle is made of and which licence its price holds: `included`, `byol` or `none`."""

    compute_type: str
    root_gib: int
    user_gib: int
    os_name: str
    os_license: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A bundle that desktops are made from; `owner` is AMAZON or the account that built it."""

    bundle_id: str
    owner: str
    name: str
    hardware: Hardware


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """A directory registered with WorkSpaces. `kind` is what Directory Service calls it, `size` what it bills."""

    directory_id: str
    region: str
    name: str
    alias: str
    kind: str
    size: str
    has_maintenance: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One AWS account of a client."""

    account_id: str
    name: str
    regions: tuple[str, ...]
    denied_region: str | None
    external_id: str
    directories: tuple[Directory, ...]
    own_bundle: Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Desktop:
    """One WorkSpace from creation to termination."""

    workspace_id: str
    account_id: str
    region: str
    directory_id: str
    has_maintenance: bool  #: its directory opens a maintenance window, so AutoStop is started once a month
    person: Person
    bundle_id: str
    hardware: Hardware  #: as created
    upgrade_day: int | None = None  #: always the 1st of a month
    upgrade_compute: str | None = None
    persona: str
    running_mode: str  #: as created
    mode_changes: tuple[tuple[int, str], ...] = ()  #: (day, new mode), as the API shows it at once
    timeout_hours: int
    created_at: datetime
    terminated_at: datetime | None = None
    tags: tuple[tuple[str, str], ...]
    has_office: bool = False
    error_state: str | None = None
    migrated_from: str | None = None
    migrated_to: str | None = None
    bill_end_day: int | None = (
        None  #: bills stop here although the WorkSpace lives on, or go on to here although it is gone
    )
    stuck_month: int | None = None  #: index of the month in which one session never ends
    is_planted: bool = False  #: part of an anomaly, so nothing random is added to it

    def hardware_on(self, day: int) -> Hardware:
        """The hardware on `day`."""
        if self.upgrade_day is None or day < self.upgrade_day or self.upgrade_compute is None:
            return self.hardware
        old = self.hardware
        return Hardware(self.upgrade_compute, old.root_gib, old.user_gib, old.os_name, old.os_license)

    def mode_shown_at_end(self) -> str:
        """The running mode that DescribeWorkspaces shows on the last day."""
        return self.mode_changes[-1][1] if self.mode_changes else self.running_mode


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientEstate:
    """One client of the MSP with all it has and had."""

    code: str
    name: str
    accounts: tuple[Account, ...]
    desktops: tuple[Desktop, ...]
    admins: tuple[str, ...]
    left_people: tuple[str, ...] = ()  #: user names that the client's people list no longer has

    def account(self, account_id: str) -> Account:
        """The account with this id."""
        return next(account for account in self.accounts if account.account_id == account_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """Everything that the simulated AWS holds, before bills, events and sessions are drawn from it."""

    seed: int
    scale: Scale
    window: Window
    clients: tuple[ClientEstate, ...]
    hub_account_id: str
    payer_account_id: str
    payer_external_id: str
