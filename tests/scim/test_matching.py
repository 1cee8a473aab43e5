"""Applying a filter to a resource."""

from __future__ import annotations

from typing import Any, Final

import pytest

from pingconf.scim import match, parse

PERSON: Final[dict[str, Any]] = {
    "username": "Ada.Lovelace",
    "enabled": True,
    "title": "Software Engineer",
    "name": {"given": "Ada", "family": "Lovelace"},
    "age": 36,
    "nickname": "",
    "manager": None,
    "emails": [{"type": "work", "value": "ada@acme.example"}, {"type": "home", "value": "ada@home.example"}],
    "memberOfGroups": [{"id": "g1", "type": "DIRECT"}, {"id": "g2", "type": "DYNAMIC"}],
    "tags": ["red", "Blue"],
    "roles": [],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("enabled eq true", True),
        ("enabled eq false", False),
        ("enabled ne false", True),
        ('enabled eq "true"', False),
        ("enabled eq 1", False),
        ("enabled gt false", False),
        ('username eq "ada.lovelace"', True),
        ('USERNAME sw "ADA"', True),
        ('title co "engineer"', True),
        ('title ew "Engineer"', True),
        ('title co "Sales"', False),
        ('name.family eq "lovelace"', True),
        ('name eq "Ada"', False),
        ('urn:ietf:params:scim:schemas:core:2.0:User:name.given eq "ada"', True),
        ("age ge 36", True),
        ("age eq 36.0", True),
        ("age gt 36", False),
        ("age le 36 and age lt 37", True),
        ('age eq "36"', False),
        ("age co 3", False),
        ('username gt "abc"', True),
        ("title pr", True),
        ("nickname pr", False),
        ("manager pr", False),
        ("roles pr", False),
        ("missing pr", False),
        ("manager eq null", True),
        ("missing eq null", True),
        ("title eq null", False),
        ("title ne null", True),
        ('missing ne "x"', True),
        ('emails.value eq "ada@home.example"', True),
        ('emails.value ne "ada@home.example"', False),
        ('emails[type eq "work" and value ew "home.example"]', False),
        ('emails[type eq "home" and value ew "home.example"]', True),
        ('emails.type eq "work" and emails.value ew "home.example"', True),
        ('memberOfGroups[id eq "g1"]', True),
        ('memberOfGroups[id eq "g2" and type eq "DIRECT"]', False),
        ('tags eq "blue"', True),
        ('tags[value eq "blue"]', True),
        ('not (tags eq "green")', True),
        ('title co "x" or name.given eq "ada" and age gt 1', True),
        ('(title co "x" or name.given eq "ada") and age gt 99', False),
    ],
)
def test_matches(text: str, expected: bool) -> None:
    assert match(parse(text), PERSON) is expected
