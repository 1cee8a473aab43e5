"""A state in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from pingconf.backends.local import LocalBackend


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".pingconf" / "state.json"


@pytest.fixture
def backend(path: Path) -> LocalBackend:
    return LocalBackend(path)
