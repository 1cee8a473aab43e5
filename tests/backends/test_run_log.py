"""The run log beside a local state."""

from __future__ import annotations

from pathlib import Path

import pytest

from pingconf.backends.local import LocalBackend
from pingconf.model.errors import StateError
from pingconf.model.values import Secret


def test_lines_come_back_in_their_order_and_only_the_owner_may_read_them(tmp_path: Path) -> None:
    backend = LocalBackend(tmp_path / "kept" / "state.json")
    assert backend.runs() == ()
    backend.log({"command": "apply", "who": "ann\n::error::x"})
    backend.log({"command": "rotate", "changes": [{"address": "a.b", "action": "update"}]})
    assert [run["command"] for run in backend.runs()] == ["apply", "rotate"]
    assert backend.runs()[0]["who"] == "ann\n::error::x"
    assert backend.runs_path.read_bytes().count(b"\n") == 2
    assert backend.runs_path.stat().st_mode & 0o777 == 0o600


def test_a_line_that_was_cut_off_is_dropped_by_the_next_one(tmp_path: Path) -> None:
    backend = LocalBackend(tmp_path / "state.json")
    backend.log({"command": "apply"})
    with backend.runs_path.open("ab") as file:
        file.write(b'{"command": "des')
    assert len(backend.runs()) == 1
    backend.log({"command": "rotate"})
    assert [run["command"] for run in backend.runs()] == ["apply", "rotate"]


@pytest.mark.parametrize("damage", [b"not json\n", b"[]\n", b"\xff\n", b"\n"])
def test_damage_is_named_by_its_line(tmp_path: Path, damage: bytes) -> None:
    backend = LocalBackend(tmp_path / "state.json")
    backend.log({"command": "apply"})
    with backend.runs_path.open("ab") as file:
        file.write(damage)
    with pytest.raises(StateError, match="damaged in line 2"):
        backend.runs()


def test_a_secret_never_becomes_a_line(tmp_path: Path) -> None:
    backend = LocalBackend(tmp_path / "state.json")
    with pytest.raises(TypeError):
        backend.log({"token": Secret("hush")})
    assert not backend.runs_path.exists()
