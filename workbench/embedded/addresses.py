"""Where the parts of a running stack are found, and which part is told what.

Invariant: only the worker is told of AWS, and of the simulated one alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.embedded.home import LOOPBACK
from workbench.settings import child_environment


@dataclass(frozen=True, slots=True, kw_only=True)
class StackAddresses:
    """Where the parts of a running stack are found. Holds passwords."""

    data_home: Path
    postgres_dsn: str
    redis_url: str
    model_url: str
    aws_home: Path  #: of the simulated AWS: who its accounts are, and which keys it takes
    aws_endpoint_url: str
    aws_s3_endpoint_url: str
    web_port: int
    web_secret_key: str

    def web_settings(self) -> dict[str, str]:
        """Settings of the web process, by their names in `Settings`."""
        return {
            "data_home": str(self.data_home),
            "postgres_dsn": self.postgres_dsn,
            "redis_url": self.redis_url,
            "model_url": self.model_url,
            "web_host": LOOPBACK,
            "web_port": str(self.web_port),
            "web_secret_key": self.web_secret_key,
            "web_secure_cookies": "false",  # plain HTTP on loopback
        }

    def web_environment(self) -> dict[str, str]:
        """Environment of the web process, if it is a child: no AWS variable at all."""
        return service_environment(self.web_settings())

    def worker_environment(self) -> dict[str, str]:
        """Environment of the worker, which leads to the simulated AWS alone; its keys there come from the caller."""
        settings = {name: self.web_settings()[name] for name in ("data_home", "postgres_dsn", "redis_url")}
        return service_environment(settings) | {
            "AWS_ENDPOINT_URL": self.aws_endpoint_url,
            "AWS_ENDPOINT_URL_S3": self.aws_s3_endpoint_url,
            "AWS_EC2_METADATA_DISABLED": "true",
            # The real profiles of whoever runs the demo must not be found.
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }

    def model_environment(self) -> dict[str, str]:
        """Environment of the model service, which sees no data: empty addresses also outweigh those of a .env file."""
        return service_environment({"model_url": self.model_url, "postgres_dsn": "", "redis_url": ""})


def service_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Environment of a service of the stack: ours without AWS and without other addresses, plus `settings`."""
    kept = child_environment(
        without=("AWS_", "WORKBENCH_POSTGRES_DSN", "WORKBENCH_REDIS_URL", "WORKBENCH_WEB_SECRET_KEY")
    )
    # Unbuffered, so that a log shows what a service said before it died.
    return kept | {"PYTHONUNBUFFERED": "1"} | {f"WORKBENCH_{name.upper()}": value for name, value in settings.items()}
