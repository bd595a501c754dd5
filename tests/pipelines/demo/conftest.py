"""One small estate, made once, and one simulated AWS over it for all tests that only read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from pipelines.demo.home import ensure_home
from tests.pipelines.demo.aws import AS_OF, SimulatedAws, simulated_aws


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("aws") / "small"
    ensure_home(home, seed=7, scale="small", as_of=date.fromisoformat(AS_OF))
    return home


@pytest.fixture(scope="session")
def aws(demo_home: Path) -> Iterator[SimulatedAws]:
    # Generous rates: the tests of limits start their own.
    with simulated_aws(demo_home, "--describe-rate", "1000", "--describe-burst", "1000") as running:
        yield running
