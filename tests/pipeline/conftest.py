"""A job in a repository with the least of a file, on the embedded services, and GitHub on loopback."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipeline.runner import ROOT, Hub, Job, serving


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    folder = tmp_path / "repository"
    folder.mkdir()
    shutil.copy(ROOT / "examples" / "minimal" / "pingconf.yaml", folder)
    hub = Hub()
    with serving(hub) as api:
        yield Job(hub, api, folder, tmp_path / "temp", environ={"PINGCONF_SANDBOX": "1"})
