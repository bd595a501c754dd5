from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from workbench.domain.scope import ALL_CLIENTS, Scope
from workbench.errors import PasswordRefused, UserIsWrong
from workbench.postgres import Postgres
from workbench.users import Users

pytestmark = pytest.mark.postgres

SECRET = "four words of mine"


@pytest.fixture
def dsn(database: str) -> str:
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO clients (name, code) VALUES ('Acme', 'acme'), ('Globex', 'globex')")
    return database


@pytest.fixture
def users(dsn: str) -> Iterator[Users]:
    postgres = Postgres(dsn, max_size=2)
    yield Users(postgres, bcrypt_cost=10)
    postgres.close()


def scalar(dsn: str, text: str) -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(text).fetchone()
    return row[0] if row else None


def test_a_user_is_found_by_name_in_any_case(users: Users) -> None:
    added = users.add("Alice", SECRET, "FINANCE", client_codes=["acme"])
    assert users.find("ALICE") == added
    assert added.username == "alice"
    assert users.by_id(added.id) == added


def test_a_user_sees_the_clients_given_and_no_other(users: Users) -> None:
    added = users.add("alice", SECRET, "FINANCE", client_codes=["acme"])
    assert added.client_codes == ("acme",)
    assert users.scope_of(added.id) == Scope.of(*added.client_ids)
    assert not added.scope.is_all


def test_a_user_given_nothing_sees_nothing(users: Users) -> None:
    assert users.scope_of(users.add("alice", SECRET, "ADMIN").id).is_empty


def test_all_clients_has_to_be_said(users: Users) -> None:
    assert users.add("root", SECRET, "ADMIN", all_clients=True).scope == ALL_CLIENTS


def test_a_mart_is_requested_for_the_users_scope(users: Users, dsn: str) -> None:
    added = users.add("alice", SECRET, "FINANCE", client_codes=["acme"])
    assert scalar(dsn, "SELECT scope_key FROM mart_requests") == added.scope.key
    assert scalar(dsn, "SELECT client_ids FROM mart_requests") == list(added.client_ids)


def test_the_mart_of_all_clients_is_requested_without_a_list(users: Users, dsn: str) -> None:
    users.request_mart(ALL_CLIENTS)
    assert scalar(dsn, "SELECT scope_key FROM mart_requests WHERE client_ids IS NULL") == "all"


def test_nothing_is_requested_for_who_sees_nothing(users: Users, dsn: str) -> None:
    users.add("alice", SECRET, "ADMIN")
    assert scalar(dsn, "SELECT count(*) FROM mart_requests") == 0


def test_the_right_password_signs_in_and_is_noted(users: Users) -> None:
    users.add("alice", SECRET, "ANALYST")
    signed_in = users.verify("Alice", SECRET)
    assert signed_in is not None
    assert signed_in.last_login_at is not None


@pytest.mark.parametrize(("username", "password"), [("alice", "four words of yours"), ("nobody", SECRET), ("", "")])
def test_a_wrong_name_or_password_does_not(users: Users, username: str, password: str) -> None:
    users.add("alice", SECRET, "ANALYST")
    assert users.verify(username, password) is None


def test_a_closed_account_does_not_sign_in_until_it_is_opened(users: Users) -> None:
    user = users.add("alice", SECRET, "ANALYST", client_codes=["acme"])
    users.set_active("alice", active=False)
    assert users.verify("alice", SECRET) is None
    assert users.scope_of(user.id).is_empty
    users.set_active("alice", active=True)
    assert users.verify("alice", SECRET) is not None


def test_a_new_password_replaces_the_old(users: Users) -> None:
    users.add("alice", SECRET, "ANALYST")
    users.set_password("alice", "other words of mine")
    assert users.verify("alice", SECRET) is None
    assert users.verify("alice", "other words of mine") is not None


def test_access_is_replaced_not_added_to(users: Users) -> None:
    users.add("alice", SECRET, "ANALYST", client_codes=["acme"])
    assert users.set_access("alice", client_codes=["globex"]).client_codes == ("globex",)


def test_the_stamp_follows_password_access_and_activity(users: Users) -> None:
    stamps = {users.add("alice", SECRET, "ANALYST", client_codes=["acme"]).stamp}
    users.set_access("alice", client_codes=["acme", "globex"])
    stamps.add(_stamp(users))
    users.set_password("alice", "other words of mine")
    stamps.add(_stamp(users))
    users.set_active("alice", active=False)
    stamps.add(_stamp(users))
    assert len(stamps) == 4


def test_the_stamp_does_not_follow_a_sign_in(users: Users) -> None:
    before = users.add("alice", SECRET, "ANALYST").stamp
    users.verify("alice", SECRET)
    assert _stamp(users) == before


def test_an_unknown_client_changes_nothing(users: Users) -> None:
    users.add("alice", SECRET, "ANALYST", client_codes=["acme"])
    with pytest.raises(UserIsWrong, match="umbrella"):
        users.set_access("alice", client_codes=["globex", "umbrella"])
    kept = users.find("alice")
    assert kept is not None
    assert kept.client_codes == ("acme",)


@pytest.mark.parametrize("username", ["a", "white space", "drop'table", "ünal"])
def test_a_name_that_cannot_be_is_refused(users: Users, username: str) -> None:
    with pytest.raises(UserIsWrong, match="name"):
        users.add(username, SECRET, "ANALYST")


def test_a_taken_name_is_refused(users: Users) -> None:
    users.add("alice", SECRET, "ANALYST")
    with pytest.raises(UserIsWrong, match="exists"):
        users.add("ALICE", SECRET, "ANALYST")


def test_an_unknown_role_is_refused(users: Users) -> None:
    with pytest.raises(UserIsWrong, match="ADMIN, FINANCE"):
        users.add("alice", SECRET, "OWNER")


def test_an_unknown_user_cannot_be_changed(users: Users) -> None:
    with pytest.raises(UserIsWrong, match="nobody"):
        users.set_active("nobody", active=False)


def test_a_bad_password_is_refused_when_set(users: Users) -> None:
    with pytest.raises(PasswordRefused):
        users.add("alice", "password1234", "ANALYST")


def _stamp(users: Users) -> str:
    user = users.find("alice")
    assert user is not None
    return user.stamp
