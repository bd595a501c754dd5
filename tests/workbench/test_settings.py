from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import SettingsAreWrong
from workbench.settings import child_environment, describe, load_settings


def test_a_wrong_setting_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_WEB_PORT", "99999")
    with pytest.raises(SettingsAreWrong, match="WORKBENCH_WEB_PORT"):
        load_settings()


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("WORKBENCH_WEB_PORT=8001\nWORKBENCH_AWS_WORKERS=3\n")
    monkeypatch.setenv("WORKBENCH_WEB_PORT", "8002")
    settings = load_settings()
    assert (settings.web_port, settings.aws_workers) == (8002, 3)
    origins = {s.variable: s.origin for s in describe(settings)}
    assert (origins["WORKBENCH_WEB_PORT"], origins["WORKBENCH_AWS_WORKERS"]) == ("environment", ".env")


def test_secrets_are_not_described(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_WEB_SECRET_KEY", "s3cr3t-of-the-signing-key")
    shown = " ".join(s.value for s in describe(load_settings()))
    assert "s3cr3t" not in shown
    assert "(hidden)" in shown


def test_a_child_can_be_kept_from_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    environment = child_environment(without=("AWS_",), WORKBENCH_WEB_PORT="1")
    assert not [name for name in environment if name.startswith("AWS_")]
    assert environment["WORKBENCH_WEB_PORT"] == "1"
