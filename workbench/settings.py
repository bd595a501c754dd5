"""All settings, once: the only module that reads the environment.

Each is read from `WORKBENCH_<NAME>` or from `.env`; units stand in the names. AWS's own variables (`AWS_PROFILE`,
`AWS_ENDPOINT_URL`, …) are boto3's and are not repeated here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from workbench.errors import SettingsAreWrong

REPOSITORY = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """Every setting of the workbench, typed. `python -m workbench settings` prints values and where they come from."""

    model_config = SettingsConfigDict(env_prefix="WORKBENCH_", env_file=".env", extra="ignore", frozen=True)

    data_home: Path = Field(REPOSITORY / "var" / "data", description="Folder of the mirror, the marts and the logs.")
    postgres_dsn: SecretStr = Field(
        SecretStr(""), description="PostgreSQL of the record, as libpq wants it: host=… dbname=… user=… password=…"
    )
    redis_url: SecretStr = Field(
        SecretStr(""), description="Redis of sessions, cache and limits: redis://:password@host:port/0"
    )
    postgres_bin_dir: str = Field(
        "", description="Folder of initdb and postgres for the embedded PostgreSQL; empty: looked for, PATH first."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged.")
    log_json: bool = Field(True, description="Logs as JSON lines; false gives plain text for a terminal.")

    # web
    web_host: str = Field("127.0.0.1", description="Address the web process listens on.")
    web_port: int = Field(8000, ge=1, le=65535, description="Port the web process listens on.")
    web_public_url: str = Field(
        "", description="Address people type, e.g. https://workbench.example.com; empty means the listening address."
    )
    web_secure_cookies: bool = Field(
        True, description="Cookies need HTTPS. False only for plain HTTP on loopback, as in the demo."
    )
    web_secret_key: SecretStr = Field(
        SecretStr(""),
        description="At least 32 random characters; signs tokens and page sessions. Same on every replica.",
    )
    session_hours: float = Field(24, gt=0, le=24, description="Life of a sign-in, hours.")
    bcrypt_cost: int = Field(12, ge=10, le=16, description="Work factor of password hashes.")

    # notebooks
    url: str = Field("", description="Where notebooks sign in; empty: web_host and web_port.")
    token: SecretStr = Field(SecretStr(""), description="Token of yours that notebooks sign in with.")

    # pipelines
    aws_region: str = Field(
        "us-east-1", description="Region of the calls that belong to no region (STS, Organizations, CE)."
    )
    aws_requests_per_second: float = Field(
        2.0,
        gt=0,
        description="Calls per second to one API of one account and region; AWS publishes no limit, 2 is careful.",
    )
    aws_workers: int = Field(8, ge=1, le=64, description="Accounts that are read side by side.")
    cur_bucket: str = Field(
        "", description="S3 bucket of the CUR 2.0 export; empty: bills come from Cost Explorer alone."
    )
    cur_prefix: str = Field("cur2", description="Prefix of the export in that bucket.")
    cur_export: str = Field("workspaces", description="Name of the export below the prefix.")
    cost_explorer_account: str = Field(
        "", description="Payer account that is asked for costs; empty: no Cost Explorer."
    )
    payer_role_arn: str = Field(
        "", description="Role that reads the payer's costs and export; empty: the worker's own credentials may."
    )
    payer_external_id: SecretStr = Field(SecretStr(""), description="External id that the payer's role asks for.")
    price_file: str = Field(
        "", description="CSV of your own list prices, over the shipped ones; columns as in pipelines/price_list.csv."
    )
    history_months: int = Field(18, ge=1, le=48, description="Months of bills and usage that the first sync reads.")
    sync_every_minutes: int = Field(60, ge=1, description="Pause between two runs of a pipeline.")
    mirror_max_age_minutes: int = Field(120, ge=1, description="Age at which pages call the data stale.")

    # llm
    model_name: str = Field("smollm2-135m", description="Model of the registry that answers questions.")
    model_home: Path = Field(REPOSITORY / "var" / "models", description="Folder of fetched model files.")
    model_url: str = Field("http://127.0.0.1:8010", description="Address of the model service.")
    model_timeout_seconds: float = Field(60, gt=0, description="Longest wait for one answer of the model.")
    query_timeout_seconds: float = Field(10, gt=0, description="Longest run of one query that a person or model wrote.")
    query_memory_mb: int = Field(1024, ge=128, description="Memory of the process that runs such a query, MiB.")
    query_max_rows: int = Field(10_000, ge=1, description="Most rows such a query returns.")

    @property
    def mirror_file(self) -> Path:
        """The writer's private DuckDB mirror; no reader opens it."""
        return self.data_home / "mirror" / "mirror.duckdb"

    @property
    def marts_home(self) -> Path:
        """Folder of the published marts, one folder per scope."""
        return self.data_home / "marts"


def load_settings(**overrides: object) -> Settings:
    """Read the settings; `overrides` win over the environment.

    Raises SettingsAreWrong naming each wrong setting, its variable and what it needs.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # keyword values are validated by pydantic
    except ValidationError as error:
        lines = [f"WORKBENCH_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        raise SettingsAreWrong(
            f"{len(lines)} setting(s) cannot be used:\n" + "\n".join(f"  {line}" for line in lines),
            do="Correct them in the environment or in .env; `.env.example` lists all with their meaning.",
        ) from None


def forget_variables(prefix: str) -> None:
    """Drop every variable that starts with `prefix` from this process, so that neither it nor its children hold it."""
    for name in [name for name in os.environ if name.startswith(prefix)]:
        del os.environ[name]


def child_environment(*, without: tuple[str, ...] = (), **extra: str) -> dict[str, str]:
    """Environment of a child process: ours, less every variable that starts with one of `without`, plus `extra`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(without)}
    return kept | extra


@dataclass(frozen=True, slots=True)
class DescribedSetting:
    """One setting as people see it: secrets are hidden."""

    variable: str
    value: str
    origin: str  #: environment, .env, override or default
    description: str


def describe(settings: Settings) -> list[DescribedSetting]:
    """Every setting with its value and where that came from, in the order of the class."""
    in_file = set(_variables_of(Path(".env")))
    described = []
    for name, field in Settings.model_fields.items():
        variable = f"WORKBENCH_{name.upper()}"
        value = getattr(settings, name)
        shown = ("(hidden)" if value.get_secret_value() else "") if isinstance(value, SecretStr) else str(value)
        if value == field.default:
            origin = "default"
        elif variable in os.environ:
            origin = "environment"
        else:
            origin = ".env" if variable in in_file else "override"
        described.append(DescribedSetting(variable, shown, origin, field.description or ""))
    return described


def example_file() -> str:
    """The text of `.env.example`: every setting, its meaning and its default, commented out."""
    lines = [
        "# Settings of WorkSpaces Workbench. Copy to .env and change what you need.",
        "# Written by `python -m workbench settings --example`.",
        "",
    ]
    for name, field in Settings.model_fields.items():
        lines += [f"# {field.description}", f"# WORKBENCH_{name.upper()}={_as_text(field.default)}", ""]
    return "\n".join(lines)


def _as_text(default: object) -> str:
    if isinstance(default, SecretStr):
        return ""
    if isinstance(default, Path):
        return default.relative_to(REPOSITORY).as_posix()
    return str(default).lower() if isinstance(default, bool) else str(default)


def _variables_of(path: Path) -> list[str]:
    if not path.is_file():
        return []
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line.partition("=")[0].strip() for line in lines if line and not line.startswith("#")]
