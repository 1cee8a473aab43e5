"""What a run says before it begins."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pingconf.cli.main import run
from pingconf.sandbox import CLIENT_ID, CLIENT_SECRET, ENVIRONMENT_ID, ORGANIZATION_ID, LoopbackServer, World
from pingconf.sandbox.seed import ADMIN_EMAIL

FILE = """\
version: 1
infisical:
  url: %(url)s
  organization_id: ${INFISICAL_ORGANIZATION_ID}
  scim: {enabled: true}
pingone:
  api_url: %(url)s/v1
  auth_url: %(url)s
  environment_id: ${PINGONE_ENVIRONMENT_ID}
"""


def plan_with_a_token_of(seconds: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Plan as a user whose token lives so long."""
    world = World.seed()
    monkeypatch.setenv("INFISICAL_ORGANIZATION_ID", ORGANIZATION_ID)
    monkeypatch.setenv("PINGONE_ENVIRONMENT_ID", ENVIRONMENT_ID)
    monkeypatch.setenv("PINGONE_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("PINGONE_CLIENT_SECRET", CLIENT_SECRET)
    monkeypatch.setenv("INFISICAL_TOKEN", world.user_token(ADMIN_EMAIL, timedelta(seconds=seconds)))
    with LoopbackServer(world) as server:
        (folder / "pingconf.yaml").write_text(FILE % {"url": server.url})
        return run(["-f", str(folder / "pingconf.yaml"), "plan"])


def test_a_token_that_ends_within_the_hour_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plan_with_a_token_of(1830, tmp_path, monkeypatch) == 0
    assert "The Infisical user's token ends in 30 minutes" in capsys.readouterr().out


def test_a_token_that_lives_on_is_not_spoken_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plan_with_a_token_of(3700, tmp_path, monkeypatch) == 0
    assert "user's token" not in capsys.readouterr().out


def test_a_token_that_ended_is_a_missing_credential(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plan_with_a_token_of(-60, tmp_path, monkeypatch) == 3
    assert "The Infisical user's token has expired" in capsys.readouterr().err


def test_a_plan_on_the_embedded_services_writes_no_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example = (Path(__file__).parents[2] / "examples/infisical/pingconf.yaml").read_text(encoding="utf-8")
    (tmp_path / "pingconf.yaml").write_text(example)
    words = ["-f", str(tmp_path / "pingconf.yaml"), "--sandbox"]
    for command in (["validate"], ["plan"], ["drift"], ["plan", "--json"]):
        assert run([*words, *command]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["pingconf.yaml"]
    assert "Plan: 6 to add, 1 to change, 0 to destroy." in capsys.readouterr().out
