"""Places as they are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from pingconf.model.errors import Place
from pingconf.operations.places import relative


def test_a_place_is_told_from_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert str(relative(Place(str(tmp_path / "conf" / "a.yaml"), 3, 5))) == "../conf/a.yaml:3:5"
    assert str(relative(Place("./x.yaml", 1, 1))) == "x.yaml:1:1"
