"""The web process: settings → doors → app → serve. `--demo` starts the embedded stack around it."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from workbench.domain.scope import ALL_CLIENTS
from workbench.embedded.addresses import StackAddresses
from workbench.errors import MartIsNotReady, WorkbenchError
from workbench.log import configure_log
from workbench.marts import Marts
from workbench.passwords import generate_password
from workbench.postgres import Postgres
from workbench.settings import REPOSITORY, Settings, forget_variables, load_settings
from workbench.users import ROLES, Users

DEMO_HOME = REPOSITORY / "var" / "demo"
SIGNINS = "sign-ins.json"
ONE_CLIENT_ROLES = ("ANALYST", "MANAGER")  # so that the demo shows what a scope does

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    demo: Annotated[
        bool, typer.Option("--demo", help="Start PostgreSQL, Redis, simulated AWS, worker and model.")
    ] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="With --demo: delete the demo's data and start over.")] = False,
    scale: Annotated[str, typer.Option(help="With --demo: small, demo or bench.")] = "demo",
    home: Annotated[Path, typer.Option(help="With --demo: folder of its data.")] = DEMO_HOME,
) -> None:
    """Serve the workbench on the settings of the environment and .env, or a whole demo on this machine."""
    forget_variables("AWS_")  # the web process holds no AWS credentials, whatever the shell that started it holds
    given = {name: value for name, value in (("web_host", host), ("web_port", port)) if value is not None}
    try:
        if demo:
            raise typer.Exit(serve_demo(home, port or load_settings().web_port, scale=scale, is_fresh=fresh))
        settings = load_settings(**given)
        configure_log("web", level=settings.log_level, as_json=settings.log_json)
        web_server(settings).run()
    except WorkbenchError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from error


def web_server(settings: Settings) -> uvicorn.Server:
    """The server of the app on these settings, not yet running; its end closes the doors."""
    from app.doors import open_doors
    from app.server import create_app

    return uvicorn.Server(
        uvicorn.Config(
            create_app(open_doors(settings)),
            host=settings.web_host,
            port=settings.web_port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            timeout_graceful_shutdown=3,
        )
    )


def serve_demo(home: Path, port: int, *, scale: str, is_fresh: bool) -> int:
    """Run the demo until Ctrl-C or until a part of it dies. Returns the exit status."""
    from workbench.embedded.stack import DemoCommands, DemoStack

    configure_log("demo", level="WARNING", as_json=False)
    died: list[str] = []
    servers: list[uvicorn.Server] = []

    def on_death(name: str, code: int, last_lines: Sequence[str]) -> None:
        words = "".join(f"    {line}\n" for line in last_lines[-8:])
        say(f"\n{name} ended by itself (exit status {code}); its last words:\n{words}The demo stops.")
        died.append(name)
        for server in servers:
            server.should_exit = True

    stack = DemoStack(
        home,
        web_port=port,
        say=say,
        on_death=on_death,
        prepare=[("Accounts and sign-ins", prepare)],
        worker_variables=worker_variables,
        commands=DemoCommands(aws=(*DemoCommands().aws[:-1], "--scale", scale, "--home")),
        fresh=is_fresh,
    )
    with suppress(KeyboardInterrupt), stack:  # Ctrl-C is how a demo ends
        settings = load_settings(**stack.addresses.web_settings())
        with (home / "logs" / "web.log").open("a", encoding="utf-8") as log:
            configure_log("web", level=settings.log_level, stream=log)
            server = web_server(settings)
            servers.append(server)
            threading.Thread(target=tell_when_ready, args=(server, settings, home), daemon=True).start()
            if not died:
                server.run()
    if died:
        return 1
    say("Stopped; the next start finds the data.")
    return 0


def prepare(addresses: StackAddresses) -> None:
    """Take the simulated accounts on board and make the sign-ins, keeping those that are there."""
    from pipelines.onboard import onboard

    postgres = Postgres(addresses.postgres_dsn, max_size=2)
    try:
        onboard(postgres, addresses.aws_home / "accounts.json")
        accounts = json.loads((addresses.aws_home / "accounts.json").read_text(encoding="utf-8"))["accounts"]
        ensure_signins(Users(postgres), addresses.data_home.parent / SIGNINS, one_client=accounts[0]["client_code"])
    finally:
        postgres.close()


def ensure_signins(users: Users, file: Path, *, one_client: str) -> None:
    """Make a user of each role with a made-up password, kept in `file`, which its owner alone may read."""
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    for role in ROLES:
        username = role.lower()
        if users.find(username) is None:
            kept[username] = generate_password()
            sees_one = role in ONE_CLIENT_ROLES
            clients = [one_client] if sees_one else []
            users.add(username, kept[username], role, client_codes=clients, all_clients=not sees_one)
        elif username not in kept:
            kept[username] = generate_password()
            users.set_password(username, kept[username])
    file.touch(mode=0o600)
    file.write_text(json.dumps(kept), encoding="utf-8")


def worker_variables(addresses: StackAddresses) -> Mapping[str, str]:
    """The worker's keys of the simulated AWS, and where its bills lie."""
    told = json.loads((addresses.aws_home / "accounts.json").read_text(encoding="utf-8"))
    return {
        "AWS_ACCESS_KEY_ID": told["hub"]["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": told["hub"]["secret_access_key"],
        "WORKBENCH_COST_EXPLORER_ACCOUNT": told["payer"]["account_id"],
        "WORKBENCH_PAYER_ROLE_ARN": told["payer"]["role_arn"],
        "WORKBENCH_PAYER_EXTERNAL_ID": told["payer"]["external_id"],
        "WORKBENCH_CUR_BUCKET": told["cur"]["bucket"],
        "WORKBENCH_CUR_PREFIX": told["cur"]["prefix"],
        "WORKBENCH_CUR_EXPORT": told["cur"]["export"],
        "WORKBENCH_PRICE_FILE": str(addresses.aws_home / "prices.csv"),
        # Loopback is not AWS: the simulated limits are higher than the careful default for real accounts.
        "WORKBENCH_AWS_REQUESTS_PER_SECOND": "8",
    }


def tell_when_ready(server: uvicorn.Server, settings: Settings, home: Path) -> None:
    """Print address and sign-ins once the server listens, then how the first data arrive."""
    while not server.started:
        if server.should_exit:
            return
        time.sleep(0.05)
    signins: dict[str, str] = json.loads((home / SIGNINS).read_text(encoding="utf-8"))
    say(f"\nWorkSpaces Workbench is at  http://localhost:{settings.web_port}\n")
    say("Sign in as   with password")
    for username, password in signins.items():
        note = "   (sees one client)" if username.upper() in ONE_CLIENT_ROLES else ""
        say(f"  {username:<10} {password}{note}")
    say("\nCtrl-C ends everything. Logs are in " + str(home / "logs"))
    marts = Marts(settings.marts_home)
    if has_mart(marts):
        return
    say("The first data are on their way from the simulated accounts …")
    started = time.monotonic()
    while not server.should_exit:
        if has_mart(marts):
            say(f"The first data arrived after {time.monotonic() - started:.0f} s.")
            return
        time.sleep(0.5)


def has_mart(marts: Marts) -> bool:
    """True when a mart of all clients is published."""
    try:
        marts.current(ALL_CLIENTS)
    except MartIsNotReady:
        return False
    return True


def say(line: str) -> None:
    """One line for the person at the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    app()
