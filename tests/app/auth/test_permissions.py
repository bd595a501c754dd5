"""Every way in states what it needs; nobody adds a route that forgets to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app.api.asking import Needs
from app.auth.permissions import ROLE_PERMISSIONS, Permission
from app.doors import open_doors
from app.gate import PUBLIC_PATHS, SessionGate
from app.server import create_app
from tests.app.serving import PAGES, settings_for, small_page
from workbench.errors import SettingsAreWrong
from workbench.users import ROLES


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[SessionGate]:
    doors = open_doors(settings_for("host=127.0.0.1 port=9", "redis://127.0.0.1:9/0", tmp_path))
    app = create_app(doors, pages={path: small_page for path in PAGES}, page_permissions=PAGES)
    assert isinstance(app, SessionGate)
    yield app
    doors.close()


def permissions_of(dependant: Dependant) -> list[Permission]:
    own = [dependant.call.permission] if isinstance(dependant.call, Needs) else []
    return own + [p for inner in dependant.dependencies for p in permissions_of(inner)]


def test_every_route_is_public_by_name_or_states_a_permission(gate: SessionGate) -> None:
    app = gate._app
    assert isinstance(app, FastAPI)
    seen = 0
    for route in every_route(app):
        seen += 1
        stated = permissions_of(route.dependant)
        assert bool(stated) != (route.path in PUBLIC_PATHS), f"{route.path} states {stated or 'no permission'}"
    assert seen >= 16


def every_route(app: FastAPI) -> Iterator[APIRoute]:
    from fastapi.routing import iter_route_contexts

    for context in iter_route_contexts(app.routes):
        route = context.original_route
        assert isinstance(route, APIRoute), f"{route} is no route that can state a permission"
        yield route


def test_every_page_has_a_permission(gate: SessionGate) -> None:
    assert dict(gate._pages) == PAGES


def test_a_page_without_permission_does_not_start(tmp_path: Path) -> None:
    doors = open_doors(settings_for("host=127.0.0.1 port=9", "redis://127.0.0.1:9/0", tmp_path))
    with pytest.raises(SettingsAreWrong, match="/app/new"):
        create_app(doors, pages={"/app/new": small_page}, page_permissions={})
    doors.close()


def test_every_role_is_known_and_only_admins_start_syncs() -> None:
    assert set(ROLE_PERMISSIONS) == set(ROLES)
    assert [role for role in ROLES if Permission.START_SYNC in ROLE_PERMISSIONS[role]] == ["ADMIN"]
