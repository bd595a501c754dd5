"""Draws the clients with their accounts, directories and desktops: who has what, since when, until when.

The inventory of the last day has exactly `scale.desktops` WorkSpaces. Desktops that were terminated or migrated
within the window come on top of them.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from pipelines.demo.estate import Account, Bundle, ClientEstate, Desktop, Directory, Estate, Hardware, Scale, Window
from pipelines.demo.people import PeopleOffice, company
from pipelines.demo.personas import PERSONAS
from pipelines.demo.prices import COMPUTE_TYPES, STORAGES
from pipelines.demo.regions import DENIED_REGION

JOIN_SHARE_A_MONTH = 0.022
LEAVE_SHARE_A_MONTH = 0.016
MIGRATE_SHARE_A_MONTH = 0.003
MODE_CHANGE_SHARE_A_MONTH = 0.008
UPGRADE_SHARE_A_MONTH = 0.004
ERROR_SHARE = 0.002
#: Three clients must hold all anomalies, whatever the seed.
SMALL_SIZES = (50, 44, 26)
OFFBOARDED_DESKTOPS = 40
ONBOARDED_DESKTOPS = 60

HUB_ACCOUNT_ID = "100000000000"
PAYER_ACCOUNT_ID = "100000000001"

_ID_LETTERS = np.array(list("0123456789abcdefghijklmnopqrstuvwxyz"))
_OS = (
    (0.24, "WINDOWS_SERVER_2019", "included"),
    (0.34, "WINDOWS_SERVER_2022", "included"),
    (0.14, "WINDOWS_SERVER_2025", "included"),
    (0.08, "WINDOWS_10", "byol"),
    (0.10, "WINDOWS_11", "byol"),
    (0.04, "AMAZON_LINUX_2", "none"),
    (0.04, "UBUNTU_22_04", "none"),
    (0.02, "ROCKY_9", "included"),
)
_COMPUTE_SHARES = (0.14, 0.42, 0.26, 0.13, 0.05)
_STORAGE_SHARES = (0.30, 0.45, 0.15, 0.10)
_DIRECTORY_KINDS = (("ADConnector", "Small", 0.50), ("MicrosoftAD", "Standard", 0.35), ("SimpleAD", "Large", 0.15))
_COST_CENTRES = 12


def populate(seed: int, scale: Scale, window: Window) -> Estate:
    """Draw the estate, without planted anomalies and with every desktop AlwaysOn; running modes follow from usage."""
    rng = np.random.default_rng([seed, 1])
    ids = _IdMint(np.random.default_rng([seed, 2]))
    office = PeopleOffice(np.random.default_rng([seed, 3]))
    sizes = _client_sizes(rng, scale)
    numbers = iter(range(10, 100_000))
    clients = []
    for index, size in enumerate(sizes):
        clients.append(
            _client(index, size, scale, window, np.random.default_rng([seed, 4, index]), ids, office, numbers)
        )
    return Estate(
        seed=seed,
        scale=scale,
        window=window,
        clients=tuple(clients),
        hub_account_id=HUB_ACCOUNT_ID,
        payer_account_id=PAYER_ACCOUNT_ID,
        payer_external_id=ids.external_id(),
    )


def onboarding_month(window: Window) -> int:
    """Index of the month in which one client arrives with a burst of creations."""
    return max(1, window.months - 5)


def offboarding_month(window: Window) -> int:
    """Index of the month in which one client leaves."""
    return max(1, window.months - 6)


def onboarding_client(scale: Scale) -> int:
    """Index of the client that arrives within the window."""
    return 2 if scale.clients < 5 else 3


def offboarding_client(scale: Scale) -> int | None:
    """Index of the client that leaves within the window; the small estate has none to spare."""
    return None if scale.clients < 5 else scale.clients - 1


def _client_sizes(rng: np.random.Generator, scale: Scale) -> list[int]:
    """WorkSpaces a client has on the last day; they add up to the scale's number, largest first."""
    leaver = offboarding_client(scale)
    count = scale.clients - (leaver is not None)
    if scale.clients <= 3:
        return list(SMALL_SIZES)
    drawn = np.clip(rng.lognormal(np.log(60), 1.0, count), 8, 2500)
    drawn[::-1].sort()
    sizes = np.maximum(8, np.floor(drawn * scale.desktops / drawn.sum())).astype(int)
    sizes[0] += scale.desktops - int(sizes.sum())
    result = [int(size) for size in sizes]
    newcomer = onboarding_client(scale)
    # The newcomer arrives with 60 desktops in one week; the largest gives or takes the difference.
    result[0] -= ONBOARDED_DESKTOPS - result[newcomer]
    result[newcomer] = ONBOARDED_DESKTOPS
    if leaver is not None:
        result.insert(leaver, 0)
    return result


def _client(
    index: int,
    size: int,
    scale: Scale,
    window: Window,
    rng: np.random.Generator,
    ids: _IdMint,
    office: PeopleOffice,
    numbers: object,
) -> ClientEstate:
    name, code = company(index)
    domain = f"{code}.example"
    regions = _regions_of(index, rng)
    account_count = 1 if index in (1, 2) else int(rng.choice([1, 2, 3], p=[0.7, 0.2, 0.1])) if index else 2
    accounts = []
    for position in range(account_count):
        account_id = f"1000000{next(numbers):05d}"  # type: ignore[call-overload]  # an iterator of ints
        purpose = ("euc-prod", "euc-test", "euc-lab")[position]
        denied = DENIED_REGION if index == 0 and position == 0 else None
        directories = tuple(
            _directory(region, number, code, rng, ids)
            for region in regions
            for number in range(2 if index == 0 and position == 0 else int(rng.integers(1, 3)))
        )
        accounts.append(
            Account(
                account_id=account_id,
                name=f"{code}-{purpose}",
                regions=(*regions, denied) if denied else regions,
                denied_region=denied,
                external_id=ids.external_id(),
                directories=directories,
                own_bundle=Bundle(
                    bundle_id=ids.bundle(),
                    owner=account_id,
                    name=f"{code} golden image",
                    hardware=Hardware("STANDARD", 80, 50, "WINDOWS_SERVER_2022", "included"),
                ),
            )
        )
    desktops = _desktops(index, size, scale, window, rng, ids, office, tuple(accounts), domain)
    admins = tuple(office.hire(domain).email for _ in range(3))
    return ClientEstate(code=code, name=name, accounts=tuple(accounts), desktops=tuple(desktops), admins=admins)


def _regions_of(index: int, rng: np.random.Generator) -> tuple[str, ...]:
    """One region for most clients; the first three clients cover all of them, so that small estates do too."""
    if index < 3:
        return (("us-east-1",), ("eu-west-1",), ("ap-southeast-1",))[index]
    draw = rng.random()
    if draw < 0.10:
        return ("us-east-1", "eu-west-1")
    return (str(rng.choice(["us-east-1", "eu-west-1", "ap-southeast-1"], p=[0.50, 0.33, 0.17])),)


def _directory(region: str, number: int, code: str, rng: np.random.Generator, ids: _IdMint) -> Directory:
    kind, size, _ = _DIRECTORY_KINDS[int(rng.choice(3, p=[share for *_, share in _DIRECTORY_KINDS]))]
    return Directory(
        directory_id=ids.directory(),
        region=region,
        name=f"{'corp' if number == 0 else f'corp{number + 1}'}.{code}.example",
        alias=f"{code}-{region}-{number + 1}",
        kind=kind,
        size=size,
        has_maintenance=bool(rng.random() < 0.8),
    )


def _desktops(
    index: int,
    size: int,
    scale: Scale,
    window: Window,
    rng: np.random.Generator,
    ids: _IdMint,
    office: PeopleOffice,
    accounts: tuple[Account, ...],
    domain: str,
) -> list[Desktop]:
    drafts: list[Desktop] = []
    last = len(window.month_starts) - 1

    def add(created_at: datetime, terminated_at: datetime | None) -> None:
        drafts.append(_desktop(created_at, terminated_at, scale, window, rng, ids, office, accounts, domain))

    if index == offboarding_client(scale):
        for number in range(OFFBOARDED_DESKTOPS):
            leaves = window.month_start_day(offboarding_month(window)) + 11 + number % 3
            add(_before(window, rng), window.instant(leaves, 32_400 + 60 * (number // 3)))
        return drafts
    if index == onboarding_client(scale):
        first = window.month_start_day(onboarding_month(window)) + 4
        for number in range(size):
            day = first + number * 5 // size
            add(window.instant(day, 30_600 + int(rng.integers(0, 4)) * 1800), None)
        return drafts
    joiners = [month for month in range(last + 1) for _ in range(int(rng.binomial(size, JOIN_SHARE_A_MONTH)))]
    for month in joiners[: max(0, size - 30)]:
        add(_order_instant(window, month, rng), None)
    while len(drafts) < size:
        add(_before(window, rng), None)
    for month in range(last + 1):
        for _ in range(int(rng.binomial(size, LEAVE_SHARE_A_MONTH))):
            add(_before(window, rng), _order_instant(window, month, rng, least_day=1))
    return _migrate_some(drafts, window, rng, ids, last)


def _order_instant(window: Window, month: int, rng: np.random.Generator, *, least_day: int = 0) -> datetime:
    """An instant on one of a month's three order days, so that several desktops share one call."""
    first = window.month_start_day(month)
    offset = (2, 9, 18)[int(rng.integers(3))]
    # New desktops need a few days to be used for the first time, so none is younger than four days.
    day = max(least_day, min(first + offset, window.days - 5))
    return window.instant(day, 32_400 + int(rng.integers(3)) * 3600)


def _before(window: Window, rng: np.random.Generator) -> datetime:
    return window.instant(-int(rng.integers(30, 900)), int(rng.integers(28_800, 61_200)))


def _desktop(
    created_at: datetime,
    terminated_at: datetime | None,
    scale: Scale,
    window: Window,
    rng: np.random.Generator,
    ids: _IdMint,
    office: PeopleOffice,
    accounts: tuple[Account, ...],
    domain: str,
) -> Desktop:
    account = accounts[int(rng.choice(len(accounts), p=_account_shares(len(accounts))))]
    directory = account.directories[int(rng.integers(len(account.directories)))]
    draw = rng.random(6)
    compute = COMPUTE_TYPES[int(np.searchsorted(np.cumsum(_COMPUTE_SHARES), draw[0] * 0.9999))]
    os_name, os_license = _pick_os(draw[1])
    root, user = STORAGES[int(np.searchsorted(np.cumsum(_STORAGE_SHARES), draw[2] * 0.9999))]
    if draw[3] < 0.25 and compute == "STANDARD":
        hardware, bundle_id = account.own_bundle.hardware, account.own_bundle.bundle_id
    elif scale.name == "bench" and draw[3] > 0.99:
        unlisted = ("GRAPHICS_G4DN", "GRAPHICSPRO_G4DN", "GENERALPURPOSE_4XLARGE")[int(draw[3] * 10_000) % 3]
        hardware = Hardware(unlisted, 175, 100, "WINDOWS_SERVER_2022", "included")
        bundle_id = amazon_bundle(hardware).bundle_id
    else:
        hardware = Hardware(compute, root, user, os_name, os_license)
        bundle_id = amazon_bundle(hardware).bundle_id
    if draw[4] < 0.04 and hardware.user_gib == 100 and hardware.root_gib == 175:
        hardware = replace(hardware, user_gib=200)
    person = office.hire(domain)
    persona = list(PERSONAS)[int(rng.choice(len(PERSONAS), p=[p.share for p in PERSONAS.values()]))]
    in_region = [d for d in account.directories if d.region == directory.region]
    return Desktop(
        workspace_id=ids.workspace(),
        account_id=account.account_id,
        region=directory.region,
        directory_id=directory.directory_id,
        has_maintenance=directory.has_maintenance and bool(in_region),
        person=person,
        bundle_id=bundle_id,
        hardware=hardware,
        persona=persona,
        running_mode="ALWAYS_ON",
        timeout_hours=int(rng.choice([1, 2, 4, 8], p=[0.72, 0.15, 0.09, 0.04])),
        created_at=created_at,
        terminated_at=terminated_at,
        tags=(
            ("CostCenter", f"CC-{int(rng.integers(_COST_CENTRES)) + 100}"),
            ("Owner", person.email),
            ("Department", person.department),
        ),
        has_office=bool(draw[5] < 0.12),
        error_state=("ERROR", "UNHEALTHY")[int(rng.integers(2))] if rng.random() < ERROR_SHARE else None,
    )


def _account_shares(count: int) -> list[float]:
    return [[1.0], [0.8, 0.2], [0.7, 0.2, 0.1]][count - 1]


def _pick_os(draw: float) -> tuple[str, str]:
    edge = 0.0
    for share, os_name, os_license in _OS:
        edge += share
        if draw < edge:
            return os_name, os_license
    return _OS[0][1], _OS[0][2]


def _migrate_some(
    desktops: list[Desktop], window: Window, rng: np.random.Generator, ids: _IdMint, last: int
) -> list[Desktop]:
    """Let a few old desktops pass through MigrateWorkspace: the old id ends, a new one begins, the person stays."""
    result: list[Desktop] = []
    for desktop in desktops:
        settled = desktop.created_at < window.instant(0) and desktop.terminated_at is None
        if settled and rng.random() < MIGRATE_SHARE_A_MONTH * last:
            month = int(rng.integers(0, last)) if last else 0
            result.extend(migrate(desktop, window.instant(window.month_start_day(month) + 13, 36_000), ids.workspace()))
        else:
            result.append(desktop)
    return result


def migrate(desktop: Desktop, moment: datetime, new_id: str) -> tuple[Desktop, Desktop]:
    """The two records of one migration: AWS gives the rebuilt WorkSpace a new id."""
    old = replace(desktop, terminated_at=moment, migrated_to=new_id)
    new = replace(
        desktop, workspace_id=new_id, created_at=moment + timedelta(minutes=40), migrated_from=desktop.workspace_id
    )
    return old, new


def amazon_bundle(hardware: Hardware) -> Bundle:
    """The bundle of AWS's own that has this hardware; its id follows from what it is."""
    label = f"{hardware.compute_type}/{hardware.root_gib}/{min(hardware.user_gib, 100)}/{hardware.os_name}"
    digest = int.from_bytes(hashlib.sha256(label.encode()).digest()[:8])
    letters = "".join(_ID_LETTERS[(digest // 36**place) % 36] for place in range(9))
    words = hardware.compute_type.replace("_", " ").title().replace("Powerpro", "PowerPro")
    storage = f"{hardware.root_gib}/{min(hardware.user_gib, 100)}"
    return Bundle(
        bundle_id=f"wsb-{letters}",
        owner="AMAZON",
        name=f"{words} with {hardware.os_name.replace('_', ' ').title()} ({storage})",
        hardware=replace(hardware, user_gib=min(hardware.user_gib, 100)),
    )


class _IdMint:
    """Draws AWS-like ids, each once."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._made: set[str] = set()

    def workspace(self) -> str:
        return self._fresh("ws-", 9)

    def bundle(self) -> str:
        return self._fresh("wsb-", 9)

    def directory(self) -> str:
        return "d-" + "".join(self._rng.choice(_ID_LETTERS[:16], 10))

    def external_id(self) -> str:
        return "".join(self._rng.choice(_ID_LETTERS, 24))

    def _fresh(self, prefix: str, length: int) -> str:
        made = prefix + "".join(self._rng.choice(_ID_LETTERS, length))
        if made in self._made:
            return self._fresh(prefix, length)
        self._made.add(made)
        return made
