"""Connections in the file: what is wrong or unwise about one, and what is filled in."""

from __future__ import annotations

from typing import Any, Final

import pytest

from pingconf.kinds.pingone_connection import PingOneConnection
from tests.kinds import CONNECTION, SETTINGS, attributes, said

KIND = PingOneConnection()

FILTER: Final = "user_filter_expression"
EVERYBODY: Final = f'Infisical does not know the attribute "emails.value" in {FILTER}'
REVIEWS: Final[list[tuple[dict[str, Any], list[tuple[str, str]]]]] = [
    ({}, []),
    ({"base_url": "https://app.infisical.com/other"}, []),
    ({"base_url": "https://app.infisical.com/api/v1/scim/"}, [("base_url", "base_url must not end in /")]),
    ({FILTER: 'email.value Eq "x"'}, [(FILTER, f"{FILTER} must hold exactly one %s")]),
    ({FILTER: 'email.value Eq "%s" or userName Eq "%s"'}, [(FILTER, f"{FILTER} must hold exactly one %s")]),
    ({FILTER: 'emails.value eq "%s"'}, [(FILTER, EVERYBODY)]),
    ({FILTER: 'userName eq "%s"', "user_identifier": "userName"}, []),
    (
        {FILTER: 'userName eq "%s"'},
        [(FILTER, f"advice: {FILTER} should look for email.value, as user_identifier is workEmail")],
    ),
]


@pytest.mark.parametrize(("given", "expected"), REVIEWS)
def test_the_review(given: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert said(KIND, attributes(KIND.section, auth={"token": "pingone"}, **given)) == expected


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/api/v1/scim",
        "http://app.infisical.com/api/v1/scim",
        "https://app.infisical.com:8443/api/v1/scim",
        "https://app.infisical.com.evil.example/api/v1/scim",
        "https://user@app.infisical.com/api/v1/scim",
        "https://app.infisical.com@evil.example/x",
        "https://app.infisical.com\\@evil.example/x",
        "https://evil.example\\@app.infisical.com/x",
        "https://app.infisical.com/x?to=y",
        "https://app.infisical.com/../x",
    ],
)
def test_the_token_is_sent_nowhere_else(url: str) -> None:
    given = attributes(KIND.section, auth={"token": "pingone"}, base_url=url)
    ((path, headline),) = said(KIND, given)
    assert (path, headline) == ("base_url", f"base_url leads to another origin than Infisical: {url}")


def test_a_filter_that_is_none() -> None:
    ((path, headline),) = said(
        KIND, attributes(KIND.section, auth={"token": "t"}, **{FILTER: 'email.value "%s"'})
    )
    assert path == FILTER
    assert headline.startswith(f"{FILTER} is no SCIM filter: ")


def test_what_is_filled_in() -> None:
    filled = attributes(KIND.section, auth={"token": "pingone"})
    assert {**filled, "name": "Infisical", "auth": {}} == {**CONNECTION, "auth": {}}
    assert filled["name"] == "key"
    assert filled["base_url"] == f"{SETTINGS.infisical.public_url}/api/v1/scim"
