"""Where an attribute stands in the user's files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from pingconf.config.places import Places, read_places
from pingconf.model.address import parse_address
from pingconf.model.errors import Place

FIRST: Final = """\
version: 1
infisical:
  scim:
    enabled: true
pingone:
  groups:
    engineering: {name: Engineering}
"""
SECOND: Final = """\
version: 1
pingone:
  connections:
    infisical:
      auth:
        token: pingone
  rules:
    employees:
      user_filter: enabled eq true
      mappings:
        userName: username
        urn:ietf:2.0.x: title
"""


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    folder = tmp_path / "conf"
    folder.mkdir()
    (folder / "a.yaml").write_text(FIRST)
    (folder / "b.yaml").write_text(SECOND)
    monkeypatch.chdir(tmp_path)
    return read_places([Path("conf")])


@pytest.mark.parametrize(
    ("address", "path", "expected"),
    [
        ("infisical.scim", "enabled", "conf/a.yaml:4:5"),
        ("infisical.scim", "", "conf/a.yaml:3:3"),
        ("pingone.groups.engineering", "name", "conf/a.yaml:7:19"),
        ("pingone.groups.engineering", "description", "conf/a.yaml:7:5"),
        ("pingone.connections.infisical", "auth.token", "conf/b.yaml:6:9"),
        ("pingone.connections.infisical", "auth.header", "conf/b.yaml:5:7"),
        ("pingone.connections.infisical", "base_url", "conf/b.yaml:4:5"),
        ("pingone.rules.employees", "user_filter", "conf/b.yaml:9:7"),
        ("pingone.rules.employees", "user_filter.below", "conf/b.yaml:9:7"),
        ("pingone.rules.employees", "mappings.userName", "conf/b.yaml:11:9"),
        ("pingone.rules.employees", "mappings.urn:ietf:2.0.x", "conf/b.yaml:12:9"),
        ("pingone.rules.employees", "mappings.displayName", "conf/b.yaml:10:7"),
        ("pingone.rules.gone", "name", "conf/b.yaml:7:3"),
        ("pingone.plan", "enabled", "conf/a.yaml:5:1"),
        ("elsewhere.things.one", "name", "conf/a.yaml:1:1"),
    ],
)
def test_the_nearest_key_that_is_written(places: Places, address: str, path: str, expected: str) -> None:
    assert str(places.find(parse_address(address), path)) == expected


def test_files_that_cannot_be_read_have_no_places(tmp_path: Path) -> None:
    address = parse_address("pingone.rules.employees")
    assert read_places([tmp_path / "none.yaml"]).find(address, "name") == Place(
        str(tmp_path / "none.yaml"), 1, 1
    )
    (tmp_path / "bad.yaml").write_text("a: [")
    assert read_places([tmp_path / "bad.yaml"]).find(address, "") == Place(str(tmp_path / "bad.yaml"), 1, 1)
    assert read_places([tmp_path / "nowhere"]).find(address, "") == Place(str(tmp_path / "nowhere"), 1, 1)
