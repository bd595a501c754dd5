"""One list of dependencies: what Docker, conda, the lock files and the Makefile use follows pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
LOCKS = ("requirements.lock", "requirements-dev.lock")


def locked_names(lock: str) -> set[str]:
    text = (REPOSITORY / lock).read_text()
    return {normal(m) for m in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def required_names(requirements: list[str]) -> set[str]:
    return {normal(re.split(r"[\[<>=!~; ]", r, maxsplit=1)[0]) for r in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_every_dependency(lock: str) -> None:
    assert required_names(PROJECT["project"]["dependencies"]) <= locked_names(lock)


def test_dev_lock_holds_what_tests_need_and_the_same_versions() -> None:
    assert required_names(PROJECT["dependency-groups"]["dev"]) <= locked_names("requirements-dev.lock")
    pins = {lock: set(re.findall(r"^(\S+==\S+)", (REPOSITORY / lock).read_text(), re.MULTILINE)) for lock in LOCKS}
    assert pins["requirements.lock"] <= pins["requirements-dev.lock"]


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_is_hashed_and_holds_no_address(lock: str) -> None:
    text = (REPOSITORY / lock).read_text()
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert [b.split("==")[0] for b in blocks if "--hash=sha256:" not in b] == []
    assert not re.search(r"https?://|file:|--index-url|--find-links", text)


def test_python_version_is_the_same_everywhere() -> None:
    docker = set(re.findall(r"^FROM python:(\d+\.\d+)-slim", (REPOSITORY / "Dockerfile").read_text(), re.MULTILINE))
    conda = yaml.safe_load((REPOSITORY / "environment.yml").read_text())["dependencies"]
    [conda_python] = [d.split("=")[1] for d in conda if isinstance(d, str) and d.startswith("python=")]
    required = PROJECT["project"]["requires-python"].removeprefix(">=")
    assert docker == {conda_python} == {required} == {PROJECT["tool"]["mypy"]["python_version"]}


def test_conda_installs_this_repository_and_no_second_list() -> None:
    conda = yaml.safe_load((REPOSITORY / "environment.yml").read_text())
    native = {re.split(r"[<>=]", d)[0] for d in conda["dependencies"] if isinstance(d, str)}
    assert native.isdisjoint(required_names(PROJECT["project"]["dependencies"]))


def test_image_is_built_from_the_lock_and_runs_unprivileged() -> None:
    text = (REPOSITORY / "Dockerfile").read_text()
    assert "setup/install.py" in text
    assert "pip install" not in text
    assert re.search(r"^USER workbench$", text, re.MULTILINE)


def test_compose_runs_the_three_processes_with_the_commands_of_the_docs() -> None:
    services = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())["services"]
    assert services["web"]["command"] == ["python", "panel_serve.py"]
    assert services["worker"]["command"] == ["python", "-m", "pipelines", "schedule"]
    assert services["model"]["command"][:4] == ["python", "-m", "llm", "serve"]


def test_the_model_gets_neither_data_nor_databases() -> None:
    model = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())["services"]["model"]
    assert set(model["environment"]) == {"WORKBENCH_MODEL_HOME"}
    assert all(not volume.startswith("data:") for volume in model["volumes"])
