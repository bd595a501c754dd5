"""The doors of the web process: everything outside it that its pages and routes speak to, opened once."""

from __future__ import annotations

from dataclasses import dataclass

import redis

from llm.client import ModelClient
from llm.sandbox import Sandbox, SandboxLimits
from llm.text_to_sql import Asker
from workbench.clock import Clock, system_clock
from workbench.errors import SettingsAreWrong
from workbench.marts import Marts
from workbench.postgres import Postgres, open_postgres
from workbench.sessions import Sessions, open_redis
from workbench.settings import Settings
from workbench.users import Users

POSTGRES_WAIT_SECONDS = 3.0  #: someone waits for the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What the web process may reach. Close it at the end."""

    settings: Settings
    postgres: Postgres
    redis: redis.Redis
    marts: Marts
    sandbox: Sandbox
    model: ModelClient
    asker: Asker | None  #: None switches questions off
    users: Users
    sessions: Sessions
    clock: Clock

    def close(self) -> None:
        """Close all. Calling it twice does nothing."""
        self.sandbox.close()
        self.marts.close()
        self.redis.close()
        self.postgres.close()


def open_doors(settings: Settings, clock: Clock = system_clock) -> Doors:
    """The doors that the settings name; each connects when it is first used. Raises SettingsAreWrong."""
    if not settings.web_secure_cookies and settings.web_public_url.startswith("https://"):
        raise SettingsAreWrong(
            "Cookies without HTTPS are asked for, at an address with HTTPS.",
            do="Remove WORKBENCH_WEB_SECURE_COOKIES=false.",
        )
    postgres = open_postgres(settings, timeout_seconds=POSTGRES_WAIT_SECONDS)
    client = open_redis(settings)
    sandbox = Sandbox(SandboxLimits.of(settings))
    model = ModelClient(settings.model_url, timeout_seconds=settings.model_timeout_seconds)
    return Doors(
        settings=settings,
        postgres=postgres,
        redis=client,
        marts=Marts(settings.marts_home),
        sandbox=sandbox,
        model=model,
        asker=Asker(sandbox=sandbox, model=model, clock=clock),
        users=Users(postgres, bcrypt_cost=settings.bcrypt_cost),
        sessions=Sessions(client),
        clock=clock,
    )
