import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every account can enter: pytest's own are shut to the account that a server of root's runs as."""
    path = Path(tempfile.mkdtemp(prefix="wb-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)
