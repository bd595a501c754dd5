"""The people who may sign in: their passwords, their roles, and the clients that each may see.

Names are kept in lower case. A user who is given no client sees nothing; nobody sees all clients unless it was said so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

import psycopg
from psycopg.rows import dict_row

from workbench.domain.scope import Scope
from workbench.errors import UserIsWrong
from workbench.passwords import Passwords
from workbench.postgres import Connection, Postgres
from workbench.queries import query

Role = Literal["ADMIN", "FINANCE", "ANALYST", "MANAGER"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRecord:
    """One user as the record has it, without the password's hash. Instants UTC."""

    id: int
    username: str
    email: str | None
    display_name: str
    role: Role
    sees_all_clients: bool
    is_active: bool
    created_at: datetime
    password_changed_at: datetime
    last_login_at: datetime | None
    client_ids: tuple[int, ...]
    client_codes: tuple[str, ...]

    @property
    def scope(self) -> Scope:
        """The clients whose rows the user may see."""
        return Scope() if self.sees_all_clients else Scope.of(*self.client_ids)

    @property
    def stamp(self) -> str:
        """Changes whenever what a sign-in rests on changes: password, role, clients, or the account being open."""
        rests_on = (self.is_active, self.role, self.scope.key, self.password_changed_at.isoformat())
        return hashlib.sha256(repr(rests_on).encode()).hexdigest()[:16]


# Named here, because inside the class `list` is the method.
type _UserRecords = list[UserRecord]
type _Rows = list[dict[str, Any]]


class Users:
    """The users of one record. bcrypt_cost: work factor of new hashes."""

    def __init__(self, postgres: Postgres, *, bcrypt_cost: int = 12) -> None:
        self._postgres = postgres
        self._passwords = Passwords(bcrypt_cost)

    def add(
        self,
        username: str,
        password: str,
        role: str,
        *,
        client_codes: Iterable[str] = (),
        all_clients: bool = False,
        display_name: str = "",
        email: str | None = None,
    ) -> UserRecord:
        """Add a user and ask for the mart of their scope.

        Raises UserIsWrong for a name, role or client that cannot be, PasswordRefused for the password.
        """
        name = username.lower()
        if role not in ROLES:
            raise UserIsWrong(f"There is no role {role!r}.", do="Choose one of " + ", ".join(ROLES) + ".")
        password_hash = self._passwords.hash(password, username=name)
        with self._postgres.connection() as connection:
            try:
                row = connection.execute(
                    query("postgres/users/add").text,
                    {
                        "username": name,
                        "email": email or None,
                        "display_name": display_name or username,
                        "password_hash": password_hash,
                        "role": role,
                        "all_clients": all_clients,
                    },
                ).fetchone()
            except psycopg.errors.CheckViolation:
                raise UserIsWrong(
                    f"{name!r} cannot be a user's name.",
                    do="Use 2 to 80 of the letters a–z, digits and . _ @ + -",
                ) from None
            if row is None:
                raise UserIsWrong(
                    f"A user {name!r} or a user with this e-mail address exists.", do="Choose another name or address."
                )
            self._give_clients(connection, row[0], client_codes)
            user = self._one(connection, id=row[0])
            self._request_mart(connection, user.scope)
        return user

    def find(self, username: str) -> UserRecord | None:
        """The user of that name, or None."""
        with self._postgres.connection() as connection:
            return next(iter(self._read(connection, username=username.lower())), None)

    def by_id(self, user_id: int) -> UserRecord | None:
        """The user of that id, or None."""
        with self._postgres.connection() as connection:
            return next(iter(self._read(connection, id=user_id)), None)

    def list(self) -> list[UserRecord]:
        """All users, by name."""
        with self._postgres.connection() as connection:
            return self._read(connection)

    def verify(self, username: str, password: str) -> UserRecord | None:
        """The user, if the password is right and the account open; else None, after the same work in every case.

        A success is noted as the user's last sign-in, and the mart of the user's scope is asked for.
        """
        with self._postgres.connection() as connection:
            row = connection.execute(
                query("postgres/users/password_hash").text, {"username": username.lower()}
            ).fetchone()
        # Outside the connection: hashing takes a quarter of a second.
        is_right = self._passwords.matches(password, row[1] if row else None)
        if row is None or not is_right or not row[2]:
            return None
        with self._postgres.connection() as connection:
            connection.execute(query("postgres/users/signed_in").text, {"user_id": row[0]})
            user = self._one(connection, id=row[0])
            self._request_mart(connection, user.scope)
        return user

    def set_password(self, username: str, password: str) -> None:
        """Replace the password; sign-ins made with the old one end. Raises PasswordRefused, UserIsWrong."""
        name = username.lower()
        password_hash = self._passwords.hash(password, username=name)
        with self._postgres.connection() as connection:
            self._change(connection, "set_password", name, password_hash=password_hash)

    def set_active(self, username: str, active: bool) -> None:
        """Open or close the account; closing ends its sign-ins. Raises UserIsWrong."""
        with self._postgres.connection() as connection:
            self._change(connection, "set_active", username.lower(), active=active)

    def set_access(self, username: str, *, client_codes: Iterable[str] = (), all_clients: bool = False) -> UserRecord:
        """Let the user see just these clients, or all; sign-ins end so that no open page shows what was taken.

        Raises UserIsWrong for an unknown user or client; nothing is changed then.
        """
        with self._postgres.connection() as connection:
            user_id = self._change(connection, "set_sees_all", username.lower(), all_clients=all_clients)
            connection.execute(query("postgres/users/clear_clients").text, {"user_id": user_id})
            self._give_clients(connection, user_id, client_codes)
            user = self._one(connection, id=user_id)
            self._request_mart(connection, user.scope)
        return user

    def scope_of(self, user_id: int) -> Scope:
        """The clients that the user may see; none for a user who does not exist or whose account is closed."""
        user = self.by_id(user_id)
        return user.scope if user and user.is_active else Scope.of()

    def request_mart(self, scope: Scope) -> None:
        """Ask the worker for a mart of this scope, or say that it is in use. Nothing is asked for an empty scope."""
        with self._postgres.connection() as connection:
            self._request_mart(connection, scope)

    @staticmethod
    def _request_mart(connection: Connection, scope: Scope) -> None:
        if scope.is_empty:
            return
        client_ids = None if scope.client_ids is None else sorted(scope.client_ids)
        connection.execute(
            query("postgres/users/request_mart").text, {"scope_key": scope.key, "client_ids": client_ids}
        )

    @staticmethod
    def _give_clients(connection: Connection, user_id: int, codes: Iterable[str]) -> None:
        wanted = sorted(set(codes))
        rows = connection.execute(query("postgres/users/give_clients").text, {"user_id": user_id, "codes": wanted})
        unknown = set(wanted) - {row[0] for row in rows}
        if unknown:
            raise UserIsWrong(
                f"There is no client {', '.join(sorted(unknown))}.", do="Use the code of a client in the table clients."
            )

    @staticmethod
    def _change(connection: Connection, name: str, username: str, **values: object) -> int:
        row = connection.execute(query(f"postgres/users/{name}").text, {"username": username, **values}).fetchone()
        if row is None:
            raise UserIsWrong(f"There is no user {username!r}.", do="See `python -m workbench user list`.")
        return int(row[0])

    def _one(self, connection: Connection, *, id: int) -> UserRecord:
        (user,) = self._read(connection, id=id)
        return user

    @staticmethod
    def _read(connection: Connection, *, id: int | None = None, username: str | None = None) -> _UserRecords:
        with connection.cursor(row_factory=dict_row) as cursor:
            rows: _Rows = cursor.execute(
                query("postgres/users/users").text, {"id": id, "username": username}
            ).fetchall()
        return [
            UserRecord(**row | {"client_ids": tuple(row["client_ids"]), "client_codes": tuple(row["client_codes"])})
            for row in rows
        ]
