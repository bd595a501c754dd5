from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from workbench.cli import app
from workbench.postgres import Postgres
from workbench.users import Users

pytestmark = pytest.mark.postgres


@pytest.fixture
def run(database: str, monkeypatch: pytest.MonkeyPatch):
    """Run the command line on a migrated database of the test's own."""
    monkeypatch.setenv("WORKBENCH_POSTGRES_DSN", database)
    monkeypatch.setenv("WORKBENCH_BCRYPT_COST", "10")
    return lambda *arguments, stdin="": CliRunner().invoke(app, list(arguments), input=stdin)


@pytest.fixture
def users(database: str):
    postgres = Postgres(database, max_size=1)
    yield Users(postgres, bcrypt_cost=10)
    postgres.close()


def test_a_made_up_password_is_shown_once_and_works(run, users: Users) -> None:
    shown = run("user", "add", "jo", "--role", "ADMIN", "--all-clients")
    assert shown.exit_code == 0
    password = shown.output.rsplit(" ", 1)[1].strip()
    assert users.verify("jo", password) is not None


def test_a_password_from_standard_input_is_not_shown(run, users: Users) -> None:
    shown = run("user", "add", "jo", "--password-stdin", stdin="a-long-and-private-phrase\n")
    assert "private-phrase" not in shown.output
    assert users.verify("jo", "a-long-and-private-phrase") is not None


def test_a_disabled_user_cannot_sign_in_until_enabled(run, users: Users) -> None:
    run("user", "add", "jo", "--password-stdin", stdin="a-long-and-private-phrase\n")
    run("user", "disable", "jo")
    assert users.verify("jo", "a-long-and-private-phrase") is None
    run("user", "enable", "jo")
    assert users.verify("jo", "a-long-and-private-phrase") is not None


def test_an_unknown_client_is_named_and_nothing_is_added(run, users: Users) -> None:
    shown = run("user", "add", "jo", "--client", "nobody")
    assert shown.exit_code == 1
    assert "nobody" in shown.stderr
    assert users.find("jo") is None


def test_the_list_shows_role_and_clients(run) -> None:
    run("user", "add", "jo", "--role", "FINANCE", "--all-clients")
    listed = run("user", "list").output
    assert "FINANCE" in listed
    assert "all" in listed


def test_migrating_a_migrated_database_says_so(run) -> None:
    assert "up to date" in run("migrate").output


def test_check_names_what_is_wrong_and_exits_with_1(run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORKBENCH_DATA_HOME", str(tmp_path))
    shown = run("check")
    assert shown.exit_code == 1
    assert "schema up to date" in shown.output.replace("\n", " ")
    assert "WORKBENCH_REDIS_URL" in shown.output


@pytest.mark.redis
def test_check_finds_a_redis_that_answers(run, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_REDIS_URL", redis_url)
    assert "Redis: answers" in run("check").output


def test_without_a_database_the_message_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKBENCH_POSTGRES_DSN", raising=False)
    shown = CliRunner().invoke(app, ["user", "list"])
    assert shown.exit_code == 1
    assert "WORKBENCH_POSTGRES_DSN" in shown.stderr
