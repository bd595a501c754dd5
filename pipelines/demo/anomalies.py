"""The sixteen things that are wrong in the estate on purpose, each chosen so that its answer is known exactly.

`plant` changes desktops before anything is drawn from them, `plant_lines` adds bill lines. What they chose is kept in
`Plants`; `expected.py` states the answers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from pipelines.demo.bill import TAX_RATE_PERCENT, Bill, draw_bill
from pipelines.demo.estate import ClientEstate, Desktop, Estate
from pipelines.demo.personas import NEVER
from pipelines.demo.population import migrate, onboarding_client
from pipelines.demo.prices import E10, UNLISTED_MONTHLY, PriceBook
from pipelines.demo.running_modes import ALWAYS_ON, AUTO_STOP
from pipelines.demo.tariffs import Tariff, TariffBook

NEVER_LOGGED_ON = 14
SPIKE_DESKTOPS = 20
SPIKE_PERCENT = 60
_SMALL = ("VALUE", "STANDARD", "PERFORMANCE")
UNTAGGED_SHARE = 0.09
ORPHANS = 3
GAP_DAYS = 3
CREDIT_E10 = -50 * E10
REFUND_E10 = -125 * E10 // 10
RESTATEMENT_E10 = -3720 * E10 // 100
UNKNOWN_USAGE_TYPE = "AW-HW-99"
UNKNOWN_USAGE_E10 = 777 * E10 // 100
SHARED_USER_NAME = "maria.shared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plants:
    """Which ids, accounts and months carry each anomaly. Months are indexes into the window."""

    never_logged_on: tuple[str, ...]
    stuck_session: str
    stuck_month: int
    long_timeout: str
    spike_client: str
    spike_month: int
    spike: tuple[str, ...]
    unbilled: str
    unbilled_from_month: int
    billed_after_end: str
    billed_to_month: int
    duplicate_user: str
    duplicates: tuple[str, str]
    untagged: tuple[str, ...]
    orphaned: tuple[str, ...]
    gap_account: str
    gap_days: tuple[int, int]
    flapping: str
    flapping_month: int
    migrated: tuple[str, str, str]
    shared_user: tuple[str, str]
    zero_account: str
    zero_month: int
    unknown_usage: str
    unknown_usage_month: int
    credit_account: str
    credit_month: int
    refund: str
    refund_month: int
    restated_account: str
    restated_month: int


def plant(estate: Estate, rng: np.random.Generator) -> tuple[Estate, Plants]:
    """Put the anomalies of desktops into the estate and choose the places of those in the bill."""
    window = estate.window
    last = len(window.month_starts) - 1
    month, before = last - 1, last - 2  # the last two complete months
    newcomer = estate.clients[onboarding_client(estate.scale)].code
    first, second = estate.clients[0].code, estate.clients[1].code
    beds = {client.code: _Bed(client, estate, rng) for client in estate.clients}
    big, mid = beds[first], beds[second]

    spike_code = _spike_client(estate, exclude={newcomer, first})
    spike = beds[spike_code].take_small(SPIKE_DESKTOPS, running_mode=ALWAYS_ON, error_state=None)
    pair = big.take_pair_across_directories()
    never = [big.take(persona=NEVER, running_mode=ALWAYS_ON, error_state=None) for _ in range(NEVER_LOGGED_ON)]
    stuck_month = next((m for m in (last - 1, last - 2, last - 3) if window.month_days(m) == 30), last - 1)
    stuck = mid.take(running_mode=AUTO_STOP, persona="office", stuck_month=stuck_month)
    timeout = mid.take(running_mode=AUTO_STOP, persona="office", timeout_hours=48)
    unbilled = big.take(bill_end_day=window.month_start_day(month), running_mode=ALWAYS_ON)
    ended_at = window.instant(window.month_start_day(before) + 16, 39_600)
    past_end = big.add_former(terminated_at=ended_at, bill_end_day=window.month_start_day(last), running_mode=ALWAYS_ON)
    start = window.month_start_day(month)
    flapping = big.take(
        persona="office",
        running_mode=AUTO_STOP,
        mode_changes=((start + 5, ALWAYS_ON), (start + 12, AUTO_STOP), (start + 20, ALWAYS_ON)),
    )
    chain = mid.take_chain((window.month_start_day(before) + 6, window.month_start_day(month) + 8))
    shared = (big.rename(SHARED_USER_NAME), mid.rename(SHARED_USER_NAME))
    orphaned = [mid.take() for _ in range(ORPHANS)]
    for desktop in orphaned:
        mid.left.append(desktop.person.user_name)
    unknown, refunded = big.take(running_mode=ALWAYS_ON), mid.take(running_mode=ALWAYS_ON)

    untagged = _untag(beds, rng)
    planted = replace(estate, clients=tuple(bed.client() for bed in beds.values()))
    gap_day = window.days - 20
    return planted, Plants(
        never_logged_on=tuple(d.workspace_id for d in never),
        stuck_session=stuck.workspace_id,
        stuck_month=stuck_month,
        long_timeout=timeout.workspace_id,
        spike_client=spike_code,
        spike_month=month,
        spike=tuple(d.workspace_id for d in spike),
        unbilled=unbilled.workspace_id,
        unbilled_from_month=month,
        billed_after_end=past_end.workspace_id,
        billed_to_month=month,
        duplicate_user=pair[0].person.user_name,
        duplicates=(pair[0].workspace_id, pair[1].workspace_id),
        untagged=untagged,
        orphaned=tuple(d.workspace_id for d in orphaned),
        gap_account=mid.first_account,
        gap_days=(gap_day, gap_day + GAP_DAYS),
        flapping=flapping.workspace_id,
        flapping_month=month,
        migrated=chain,
        shared_user=shared,
        zero_account=beds[newcomer].first_account,
        zero_month=before,
        unknown_usage=unknown.workspace_id,
        unknown_usage_month=month,
        credit_account=big.first_account,
        credit_month=before,
        refund=refunded.workspace_id,
        refund_month=before,
        restated_account=mid.first_account,
        restated_month=before,
    )


def plant_lines(bill: Bill, plants: Plants, estate: Estate) -> None:
    """Add the anomalies of the bill: unknown usage type, credit, refund, restatement, a month that comes to zero."""
    window = estate.window
    by_id = {d.workspace_id: d for client in estate.clients for d in client.desktops}
    resources = {arn.rsplit("/", 1)[1]: number for number, arn in enumerate(bill.resources)}
    region_of = {a.account_id: a.regions[0] for client in estate.clients for a in client.accounts}

    def month_days(month: int, day: int) -> tuple[int, int]:
        return window.month_start_day(month) + day, window.month_start_day(month) + day + 1

    odd = by_id[plants.unknown_usage]
    bill.add_line(
        Tariff(
            fee="other",
            usage_type=UNKNOWN_USAGE_TYPE,
            operation="CreateWorkspaces",
            description="7.77 USD/month-unpublished plan",
            unit="Month",
            price_e10=UNKNOWN_USAGE_E10,
            region=odd.region,
            product=(("product_name", "Amazon WorkSpaces"),),
        ),
        odd.account_id,
        resources[odd.workspace_id],
        month_days(plants.unknown_usage_month, 0),
        UNKNOWN_USAGE_E10,
    )
    credit = Tariff(
        fee="credit",
        line_type="Credit",
        usage_type="AW-HW-2",
        description="AWS Activate credit",
        region=region_of[plants.credit_account],
    )
    bill.add_line(credit, plants.credit_account, -1, month_days(plants.credit_month, 0), CREDIT_E10)
    back = by_id[plants.refund]
    refund = Tariff(
        fee="refund",
        line_type="Refund",
        usage_type="AW-HW-2",
        description="Refund of a support case",
        region=back.region,
    )
    bill.add_line(refund, back.account_id, resources[plants.refund], month_days(plants.refund_month, 14), REFUND_E10)
    correction = Tariff(
        fee="other",
        usage_type="EU-AW-HW-2" if region_of[plants.restated_account] == "eu-west-1" else "AW-HW-2",
        operation="CreateWorkspaces",
        description="Correction of overbilled WorkSpaces usage",
        unit="Month",
        region=region_of[plants.restated_account],
        product=(("product_name", "Amazon WorkSpaces"),),
    )
    bill.add_line(correction, plants.restated_account, -1, month_days(plants.restated_month, 0), RESTATEMENT_E10)
    lines = bill.lines
    first, length = window.month_start_day(plants.zero_month), window.month_days(plants.zero_month)
    of_month = (lines.start_day >= first) & (lines.start_day < first + length)
    total = int(lines.amount_e10[of_month & (lines.account == bill.account_number(plants.zero_account))].sum())
    waived = Tariff(
        fee="credit",
        line_type="Credit",
        usage_type="AW-HW-2",
        description="Migration programme: month waived",
        region=region_of[plants.zero_account],
    )
    bill.add_line(waived, plants.zero_account, -1, month_days(plants.zero_month, 0), -total)


class _Bed:
    """The desktops of one client, from which anomalies take plain, long-lived ones that nothing else has taken."""

    def __init__(self, client: ClientEstate, estate: Estate, rng: np.random.Generator) -> None:
        self._client, self._rng = client, rng
        self._window = estate.window
        self.desktops = {d.workspace_id: d for d in client.desktops}
        self.left: list[str] = []
        self._free = [
            d.workspace_id
            for d in client.desktops
            if d.created_at < estate.window.instant(0)
            and d.terminated_at is None
            and d.migrated_from is None
            and d.migrated_to is None
            and d.hardware.compute_type not in UNLISTED_MONTHLY
        ]

    @property
    def first_account(self) -> str:
        return self._client.accounts[0].account_id

    def client(self) -> ClientEstate:
        return replace(self._client, desktops=tuple(self.desktops.values()), left_people=tuple(self.left))

    def take(self, **changes: object) -> Desktop:
        chosen = self._free.pop(int(self._rng.integers(len(self._free))))
        return self._put(chosen, **changes)

    def add_former(self, **changes: object) -> Desktop:
        """A desktop more, made like one that is there, for someone who has left."""
        like = self.desktops[self._free[int(self._rng.integers(len(self._free)))]]
        letters = "".join(chr(97 + int(n)) for n in self._rng.integers(0, 26, 8))
        former = replace(
            like,
            workspace_id=f"ws-{letters}x",
            person=replace(like.person, user_name=f"former.{letters}", display_name="Former Colleague"),
        )
        self.desktops[former.workspace_id] = former
        return self._put(former.workspace_id, **changes)

    def rename(self, user_name: str) -> str:
        desktop = self.take()
        self._put(desktop.workspace_id, person=replace(desktop.person, user_name=user_name))
        return desktop.workspace_id

    def take_pair_across_directories(self) -> tuple[Desktop, Desktop]:
        """One person with two desktops: a directory allows one each, so they are in two directories of an account."""
        one_id, other_id = next(
            (one, other)
            for one in self._free
            for other in self._free
            if self.desktops[one].account_id == self.desktops[other].account_id
            and self.desktops[one].region == self.desktops[other].region
            and self.desktops[one].directory_id != self.desktops[other].directory_id
        )
        self._free.remove(one_id)
        self._free.remove(other_id)
        one = self._put(one_id)
        return one, self._put(other_id, person=one.person)

    def take_chain(self, days: tuple[int, int]) -> tuple[str, str, str]:
        """One desktop that is migrated twice."""
        first = self.take()
        names = list(self.desktops)
        letters = "".join(chr(97 + int(n)) for n in self._rng.integers(0, 26, 16))
        middle_id, last_id = f"ws-{letters[:8]}m", f"ws-{letters[8:]}n"
        old, rest = migrate(first, self._window.instant(days[0], 36_000), middle_id)
        middle, new = migrate(rest, self._window.instant(days[1], 36_000), last_id)
        chain = {d.workspace_id: d for d in (old, middle, new)}
        place = names.index(first.workspace_id)
        items = list(self.desktops.items())
        self.desktops = dict([*items[:place], *chain.items(), *items[place + 1 :]])
        return old.workspace_id, middle.workspace_id, new.workspace_id

    def take_small(self, count: int, **changes: object) -> list[Desktop]:
        """Desktops of small bundles, the smallest first."""
        small = [w for w in self._free if self.desktops[w].hardware.compute_type in _SMALL]
        small.sort(key=lambda w: _SMALL.index(self.desktops[w].hardware.compute_type))
        for workspace_id in small[:count]:
            self._free.remove(workspace_id)
        return [self._put(w, **changes) for w in small[:count]]

    def _put(self, workspace_id: str, **changes: object) -> Desktop:
        changed = replace(self.desktops[workspace_id], is_planted=True, **changes)  # type: ignore[arg-type]  # fields of Desktop
        self.desktops[workspace_id] = changed
        return changed


def settle_spike(estate: Estate, plants: Plants, running: list[NDArray[np.uint8]], prices: PriceBook) -> Estate:
    """Upgrade the desktops of the spike, so that their client pays about 60 % more than the month before.

    All go to Power, some on to PowerPro; the bill without the upgrades says how much is missing. What twenty upgrades
    cannot reach stays missing.
    """
    place = next(n for n, client in enumerate(estate.clients) if client.code == plants.spike_client)
    client, window = estate.clients[place], estate.window
    lines = draw_bill(replace(estate, clients=(client,)), [running[place]], TariffBook(prices)).lines

    def cost(month: int) -> int:
        first = window.month_start_day(month)
        chosen = (lines.start_day >= first) & (lines.start_day < first + window.month_days(month))
        return int(lines.amount_e10[chosen].sum())

    wanted = cost(plants.spike_month - 1) * (100 + SPIKE_PERCENT) // 100 - cost(plants.spike_month)
    day = window.month_start_day(plants.spike_month)
    when = window.date_of(day)
    desktops = {d.workspace_id: d for d in client.desktops}
    wanted -= sum(_added(desktops[w], "POWER", prices, when) for w in plants.spike)
    for workspace_id in plants.spike:
        desktop = desktops[workspace_id]
        more = _added(desktop, "POWERPRO", prices, when) - _added(desktop, "POWER", prices, when)
        best = "POWERPRO" if 2 * wanted > more else "POWER"
        wanted -= more if best == "POWERPRO" else 0
        desktops[workspace_id] = replace(desktop, upgrade_day=day, upgrade_compute=best)
    settled = replace(client, desktops=tuple(desktops.values()))
    return replace(estate, clients=(*estate.clients[:place], settled, *estate.clients[place + 1 :]))


def _added(desktop: Desktop, compute: str, prices: PriceBook, day: date) -> int:
    """What an upgrade adds to a month, tax included, in 1e-10 USD."""
    bigger = replace(desktop.hardware, compute_type=compute)
    now, then = (prices.at(desktop.region, h, day).monthly_e10 for h in (desktop.hardware, bigger))
    return (then - now) * (100 + TAX_RATE_PERCENT) // 100


def _spike_client(estate: Estate, exclude: set[str]) -> str:
    """The smallest client with enough small desktops: the fewer others, the more twenty upgrades lift the total."""

    def small_ones(client: ClientEstate) -> int:
        return sum(
            d.terminated_at is None and d.created_at < estate.window.instant(0) and d.hardware.compute_type in _SMALL
            for d in client.desktops
        )

    able = [c for c in estate.clients if c.code not in exclude and small_ones(c) >= SPIKE_DESKTOPS]
    return min(able, key=lambda client: len(client.desktops)).code


def _untag(beds: dict[str, _Bed], rng: np.random.Generator) -> tuple[str, ...]:
    """Take the tags off 9 % of the inventory."""
    alive = [(code, w) for code, bed in beds.items() for w, d in bed.desktops.items() if d.terminated_at is None]
    count = round(UNTAGGED_SHARE * len(alive))
    chosen = [alive[int(place)] for place in sorted(rng.choice(len(alive), count, replace=False))]
    for code, workspace_id in chosen:
        beds[code].desktops[workspace_id] = replace(beds[code].desktops[workspace_id], tags=())
    return tuple(workspace_id for _, workspace_id in chosen)
