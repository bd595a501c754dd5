"""What the WorkSpaces API shows on the last day: members as AWS names them, ready to be sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from pipelines.demo.estate import (
    SLOTS_PER_DAY,
    Account,
    Bundle,
    ClientEstate,
    Desktop,
    Directory,
    Estate,
    Hardware,
    Window,
)
from pipelines.demo.personas import NEVER, Sessions
from pipelines.demo.population import amazon_bundle
from pipelines.demo.prices import COMPUTE_TYPES, STORAGES
from pipelines.demo.running_modes import AUTO_STOP

type Json = dict[str, Any]

_AMAZON_OS = (
    "WINDOWS_SERVER_2019",
    "WINDOWS_SERVER_2022",
    "WINDOWS_SERVER_2025",
    "AMAZON_LINUX_2",
    "UBUNTU_22_04",
    "ROCKY_9",
)


def inventory_of(estate: Estate, sessions: list[Sessions]) -> Json:
    """{account: {region: {workspaces, connections, tags, directories, bundles}}} and the bundles of AWS's own."""
    places: Json = {}
    for client in estate.clients:
        for account in client.accounts:
            regions = places.setdefault(account.account_id, {})
            for region in account.regions:
                if region == account.denied_region:
                    continue
                regions[region] = {
                    "workspaces": [],
                    "connections": {},
                    "tags": {},
                    "directories": [_directory(d, account) for d in account.directories if d.region == region],
                    "bundles": [_bundle(account.own_bundle, estate.window)],
                }
    bundles: dict[str, Bundle] = {b.bundle_id: b for b in _amazon_bundles()}
    for client, its_sessions in zip(estate.clients, sessions, strict=True):
        offsets = its_sessions.offsets(len(client.desktops))
        for row, desktop in enumerate(client.desktops):
            if desktop.terminated_at is not None:
                continue
            mine = slice(int(offsets[row]), int(offsets[row + 1]))
            _show(desktop, its_sessions.starts[mine], its_sessions.lengths[mine], estate, client, places, bundles)
    return {"places": places, "amazon_bundles": [_bundle(b, estate.window) for b in bundles.values()]}


def _show(
    desktop: Desktop,
    starts: np.ndarray[Any, Any],
    lengths: np.ndarray[Any, Any],
    estate: Estate,
    client: ClientEstate,
    places: Json,
    bundles: dict[str, Bundle],
) -> None:
    window = estate.window
    place = places[desktop.account_id][desktop.region]
    hardware = desktop.hardware_on(window.days)
    mode = desktop.mode_shown_at_end()
    bundle_id = desktop.bundle_id
    if hardware != desktop.hardware:
        bundle = amazon_bundle(hardware)
        bundle_id = bundle.bundle_id
        bundles.setdefault(bundle_id, bundle)
    elif bundle_id != client.account(desktop.account_id).own_bundle.bundle_id:
        bundles.setdefault(bundle_id, amazon_bundle(hardware))
    present = window.days * SLOTS_PER_DAY
    is_connected = bool(starts.size and starts[-1] + lengths[-1] >= present)
    runs_until = -(-int(starts[-1] + lengths[-1]) // 12) * 12 + desktop.timeout_hours * 12 if starts.size else 0
    is_running = mode != AUTO_STOP or runs_until >= present
    state = desktop.error_state or ("AVAILABLE" if is_running else "STOPPED")
    properties: Json = {
        "RunningMode": mode,
        "RootVolumeSizeGib": hardware.root_gib,
        "UserVolumeSizeGib": hardware.user_gib,
        "ComputeTypeName": hardware.compute_type,
        "Protocols": ["WSP" if hardware.os_name != "WINDOWS_SERVER_2019" else "PCOIP"],
        "OperatingSystemName": hardware.os_name,
    }
    if mode == AUTO_STOP:
        properties["RunningModeAutoStopTimeoutInMinutes"] = desktop.timeout_hours * 60
    number = len(place["workspaces"])
    shown: Json = {
        "WorkspaceId": desktop.workspace_id,
        "DirectoryId": desktop.directory_id,
        "UserName": desktop.person.user_name,
        "IpAddress": f"10.{20 + number // 60_000}.{number // 250 % 240}.{number % 250 + 4}",
        "State": state,
        "BundleId": bundle_id,
        "SubnetId": _subnet(desktop.directory_id, number % 2),
        "ComputerName": f"WSAMZN-{desktop.workspace_id[3:].upper()}",
        "WorkspaceProperties": properties,
        "ModificationStates": [],
    }
    if state == "ERROR":
        shown["ErrorCode"], shown["ErrorMessage"] = "DomainJoin.Failed", "The WorkSpace could not join its domain."
    place["workspaces"].append(shown)
    place["tags"][desktop.workspace_id] = dict(desktop.tags)
    if state != "ERROR":  # AWS leaves WorkSpaces in ERROR out of the connection status
        place["connections"][desktop.workspace_id] = _connection(desktop, starts, is_connected, is_running, window)


def _connection(
    desktop: Desktop, starts: np.ndarray[Any, Any], is_connected: bool, is_running: bool, window: Window
) -> Json:
    status: Json = {
        "WorkspaceId": desktop.workspace_id,
        "ConnectionState": "CONNECTED" if is_connected else "DISCONNECTED" if is_running else "UNKNOWN",
        "ConnectionStateCheckTimestamp": window.end_at.timestamp() - 60,
    }
    if starts.size:
        status["LastKnownUserConnectionTimestamp"] = window.instant(0, int(starts[-1]) * 300).timestamp()
    elif desktop.persona != NEVER and desktop.created_at < window.instant(0):
        # Used before the window began, so nobody can say "never logged on".
        status["LastKnownUserConnectionTimestamp"] = desktop.created_at.timestamp() + 3 * 86_400
    return status


def _directory(directory: Directory, account: Account) -> Json:
    # WorkSpaces calls AWS Managed Microsoft AD a SIMPLE_AD too: its list of types has no name for it.
    return {
        "DirectoryId": directory.directory_id,
        "Alias": directory.alias,
        "DirectoryName": directory.name,
        "RegistrationCode": f"WSpdx+{directory.directory_id[2:8].upper()}",
        "SubnetIds": [_subnet(directory.directory_id, 0), _subnet(directory.directory_id, 1)],
        "DnsIpAddresses": ["10.20.0.10", "10.20.1.10"],
        "CustomerUserName": "Administrator",
        "IamRoleId": f"arn:aws:iam::{account.account_id}:role/workspaces_DefaultRole",
        "DirectoryType": "AD_CONNECTOR" if directory.kind == "ADConnector" else "SIMPLE_AD",
        "State": "REGISTERED",
        "WorkspaceCreationProperties": {
            "EnableInternetAccess": False,
            "UserEnabledAsLocalAdministrator": True,
            "EnableMaintenanceMode": directory.has_maintenance,
        },
        "Tenancy": "SHARED",
        "UserIdentityType": "CUSTOMER_MANAGED" if directory.kind == "ADConnector" else "AWS_DIRECTORY_SERVICE",
        "WorkspaceType": "PERSONAL",
    }


def _bundle(bundle: Bundle, window: Window) -> Json:
    hardware = bundle.hardware
    shown: Json = {
        "BundleId": bundle.bundle_id,
        "Name": bundle.name,
        "Owner": bundle.owner,
        "Description": f"{hardware.os_name} {hardware.root_gib} GB root, {hardware.user_gib} GB user",
        "RootStorage": {"Capacity": str(hardware.root_gib)},
        "UserStorage": {"Capacity": str(hardware.user_gib)},
        "ComputeType": {"Name": hardware.compute_type},
        "LastUpdatedTime": datetime(2026, 1, 15, tzinfo=UTC).timestamp(),
        "CreationTime": datetime(2024, 3, 1, tzinfo=UTC).timestamp(),
        "State": "AVAILABLE",
        "BundleType": "REGULAR",
    }
    if bundle.owner != "AMAZON":
        shown["ImageId"] = f"wsi-{bundle.bundle_id[4:]}"
    return shown


def _amazon_bundles() -> list[Bundle]:
    """What AWS offers to everyone, also what nobody here uses."""
    licence = {"AMAZON_LINUX_2": "none", "UBUNTU_22_04": "none"}
    return [
        amazon_bundle(Hardware(compute, root, user, os_name, licence.get(os_name, "included")))
        for os_name in _AMAZON_OS
        for compute in COMPUTE_TYPES
        for root, user in STORAGES
    ]


def _subnet(directory_id: str, number: int) -> str:
    return f"subnet-{directory_id[2:]}{number:07x}"
