"""The file of what was told: it comes back as it was, and damage is never taken for an empty one."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from pingconf.backends.told_file import read_told, write_told
from pingconf.model.address import parse_address
from pingconf.model.errors import StateError
from pingconf.model.plan import UNPUBLISHED, Drift
from pingconf.model.told import StandingDrift, Told, Trouble

SINCE: Final = datetime(2026, 11, 1, 3, 0, 0, 123456, tzinfo=UTC)
RULE: Final = parse_address("pingone.rules.employees")
FULL: Final = Told(
    (
        StandingDrift(Drift(RULE, "user_filter", "all", 'name eq "é\n\ud800"'), SINCE, told=True),
        StandingDrift(Drift(RULE, "groups", ["a"], [{"b": [1, 2.5, None]}]), SINCE, changed=True),
        StandingDrift(Drift(parse_address("pingone.revision"), UNPUBLISHED, [], ["x"]), SINCE),
    ),
    Trouble("down", SINCE, told=True),
)


@pytest.mark.parametrize("told", [Told(), FULL])
def test_it_comes_back(told: Told, tmp_path: Path) -> None:
    path = tmp_path / "below" / "told.json"
    write_told(told, path)
    assert read_told(path) == told
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    write_told(Told(), path)
    assert read_told(path) == Told()


def test_nothing_was_told_before_there_is_a_file(tmp_path: Path) -> None:
    assert read_told(tmp_path / "none.json") == Told()


def damaged() -> list[bytes]:
    whole: dict[str, Any] = {"format_version": "1.0", "drift": [], "trouble": None}
    one = {"address": "pingone.rules.a", "path": "p", "recorded": 1, "observed": 2}
    entry = {**one, "since": SINCE.isoformat(), "told": True, "changed": False}
    wrong: list[Any] = [
        [],
        {},
        {**whole, "format_version": "2.0"},
        {**whole, "drift": {}},
        {**whole, "drift": [{}]},
        {**whole, "drift": [{**entry, "address": "nothing"}]},
        {**whole, "drift": [{**entry, "since": "yesterday"}]},
        {**whole, "drift": [{**entry, "told": "yes"}]},
        {**whole, "drift": [{**entry, "path": UNPUBLISHED}]},
        {**whole, "drift": [{**entry, "more": 1}]},
        {**whole, "trouble": {}},
        {**whole, "trouble": {"text": "x", "since": "", "told": True}},
        {**whole, "more": 1},
    ]
    return [b"", b"{", b"\xff", b"[" * 100_000, *(json.dumps(one).encode() for one in wrong)]


@pytest.mark.parametrize("data", damaged())
def test_damage_is_told(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "told.json"
    path.write_bytes(data)
    with pytest.raises(StateError, match=r"told\.json, is damaged or no such file") as caught:
        read_told(path)
    assert "Move it away" in " ".join(caught.value.details)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "told.json").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StateError, match="symbolic link"):
        write_told(Told(), tmp_path / "told.json")
