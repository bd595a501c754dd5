"""`python -m pipelines.demo`: generate the simulated AWS, serve it, or show what was planted in it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from pipelines.demo.home import ensure_home

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The simulated AWS.", pretty_exceptions_enable=False)

Home = Annotated[Path, typer.Option(help="Folder of the estate; made on first use, reused afterwards.")]
ScaleName = Annotated[str, typer.Option(help="small, demo or bench.")]
Seed = Annotated[int, typer.Option(help="Another seed gives another estate.")]
AsOf = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day with data; what the folder has, else yesterday.")
]


@app.command()
def generate(home: Home, scale: ScaleName = "demo", seed: Seed = 7, as_of: AsOf = None) -> None:
    """Make the estate and say where it is."""
    made = ensure_home(home, seed=seed, scale=scale, as_of=as_of.date() if as_of else None)
    typer.echo(f"{'made' if made else 'found'} {home}")


@app.command()
def expected(home: Home) -> None:
    """Print the answers to what was planted."""
    typer.echo((home / "expected.json").read_text(encoding="utf-8"))


@app.command()
def serve(
    home: Home,
    scale: ScaleName = "demo",
    seed: Seed = 7,
    as_of: AsOf = None,
    host: Annotated[str, typer.Option(help="Address to listen on; loopback is meant.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of all services but S3; 0 takes a free one.")] = 0,
    s3_port: Annotated[int, typer.Option(help="Port of S3; 0 takes a free one.")] = 0,
    describe_rate: Annotated[
        float, typer.Option(help="Calls a second to one Describe API of one account and region.")
    ] = 10,
    describe_burst: Annotated[float, typer.Option(help="How many of those may come at once.")] = 40,
    faults: Annotated[str, typer.Option(help='JSON list, e.g. [{"operation":"DescribeWorkspaces","times":3}].')] = "[]",
) -> None:
    """Serve the estate until SIGTERM; one JSON line on stdout says when and where it answers."""
    # Imported here: `generate` and `expected` need neither a web server nor moto.
    from pipelines.demo.limits import Fault, Rate
    from pipelines.demo.server import serve as serve_estate

    ordered = [Fault.model_validate(fault) for fault in orjson.loads(faults)]
    ensure_home(home, seed=seed, scale=scale, as_of=as_of.date() if as_of else None)

    def announce(endpoint_url: str, s3_endpoint_url: str) -> None:
        line = {"endpoint_url": endpoint_url, "s3_endpoint_url": s3_endpoint_url, "home": str(home.resolve())}
        typer.echo(orjson.dumps(line).decode())

    serve_estate(
        home,
        host=host,
        port=port,
        s3_port=s3_port,
        describe_rate=Rate(per_second=describe_rate, burst=describe_burst),
        faults=ordered,
        when_ready=announce,
    )


if __name__ == "__main__":
    app()
