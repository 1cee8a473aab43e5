"""SCIM tokens: made and revoked, never changed; known by a marker behind their description."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from pingconf.clients import Services
from pingconf.clients.http import open_session
from pingconf.clients.infisical import Infisical
from pingconf.kinds.infisical_scim_token import LONGEST_TTL, InfisicalScimToken, _observed
from pingconf.model.errors import ServiceError, UserNeededError
from pingconf.model.resource import Marker, Observed
from pingconf.model.settings import InfisicalSettings
from pingconf.model.values import Secret
from pingconf.sandbox import ORGANIZATION_ID, Switches
from pingconf.sandbox.seed import IDENTITY_CLIENT_ID, IDENTITY_CLIENT_SECRET
from tests.kinds import MARKER, Stage, attributes, said, stage

KIND = InfisicalScimToken()
NOW: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TEXT: Final = {"description": "PingOne", "ttl_days": 365, "rotate_before_days": 30}


def test_what_is_sent_and_seen(embedded: Stage) -> None:
    made = KIND.create(embedded.api, TEXT, MARKER)
    body = {"organizationId": ORGANIZATION_ID, "ttlDays": 365}
    marked = "PingOne [pingconf:6f1c2a44:pingone:n0nce]"
    assert embedded.sent == [("POST", "/api/v1/scim/scim-tokens", {**body, "description": marked})]
    (seen,) = KIND.list(embedded.api)
    assert seen == Observed(
        made.id,
        {"description": "PingOne", "ttl_days": 365},
        facts={"created_at": embedded.world.stamp()},
        marker=MARKER,
    )
    assert made.secret is not None
    assert embedded.world.token_is_live(made.secret.reveal())


def test_the_longest_description_fits_with_its_marker(embedded: Stage) -> None:
    """Infisical's column holds 255 characters, and answers 500 to one more."""
    longest = attributes("infisical.scim_tokens", description="é" * 100, ttl_days=LONGEST_TTL)
    marker = Marker("6f1c2a44", "k" * 63, "0a1b2c3d")
    KIND.create(embedded.api, longest, marker)
    ((_, _, sent),) = embedded.sent
    assert len(sent["description"]) <= 255
    (seen,) = KIND.list(embedded.api)
    assert (seen.attributes["description"], seen.marker) == ("é" * 100, marker)


def test_a_newer_server_takes_the_longest_life() -> None:
    """One day more it refuses; see the wire's refusals."""
    with stage(Switches(infisical_release="2026")) as newer:
        made = KIND.create(newer.api, {**TEXT, "ttl_days": LONGEST_TTL}, MARKER)
        assert [one.id for one in KIND.list(newer.api)] == [made.id]


def test_it_is_revoked_also_twice(embedded: Stage) -> None:
    made = KIND.create(embedded.api, TEXT, MARKER)
    for _ in range(2):
        KIND.delete(embedded.api, made.id)
    assert KIND.list(embedded.api) == []


def test_a_change_sends_nothing(embedded: Stage) -> None:
    KIND.update(embedded.api, "any", TEXT)
    assert embedded.sent == []


def test_it_is_never_taken_by_its_name() -> None:
    assert not KIND.recognises(TEXT, Observed("1", {"description": "PingOne"}))


def test_only_a_person_may_look(embedded: Stage) -> None:
    secret = Secret(IDENTITY_CLIENT_SECRET)
    site = "https://app.infisical.com"
    settings = InfisicalSettings(
        site, site, ORGANIZATION_ID, client_id=IDENTITY_CLIENT_ID, client_secret=secret
    )
    with open_session(embedded.adapter) as session, pytest.raises(UserNeededError):
        KIND.list(Services(embedded.api.pingone, Infisical(settings, session)))


# ---- markers

KEYS: Final = st.from_regex(r"[a-z][a-z0-9_-]{0,20}", fullmatch=True)
ODD: Final = st.sampled_from(
    ["[", "]", "[pingconf:a:b:c]", " [pingconf:", "x", "é", "\U0001f511", ":", "(", "\\", "$"]
)
ONE_LINE: Final = st.lists(ODD, min_size=1, max_size=6).map("".join).filter(lambda text: text == text.strip())


@given(ONE_LINE, KEYS)
def test_a_description_comes_back_without_its_marker(text: str, key: str) -> None:
    shown = _observed({"id": "1", "description": f"{text} [pingconf:6f1c2a44:{key}:0a1b2c3d]", "ttlDays": 1})
    assert shown.attributes["description"] == text
    assert shown.marker == Marker("6f1c2a44", key, "0a1b2c3d")


@pytest.mark.parametrize("row", [{}, {"description": None}, {"description": ""}, {"description": "PingOne"}])
def test_a_token_of_somebody_else_has_no_marker(row: dict[str, Any]) -> None:
    seen = _observed({"id": "1", **row})
    assert (seen.marker, seen.attributes["ttl_days"]) == (None, 0)


@pytest.mark.parametrize(
    "row", [{"id": "1", "ttlDays": None}, {"id": "1", "ttlDays": "a year"}, {"ttlDays": 1}]
)
def test_a_row_of_another_shape_is_told(real: Services, row: dict[str, Any]) -> None:
    with responses.RequestsMock() as wire, pytest.raises(ServiceError):
        wire.add("GET", "https://app.infisical.com/api/v1/scim/scim-tokens", json={"scimTokens": [row]})
        KIND.list(real)


# ---- age


@pytest.mark.parametrize(
    ("ttl", "created", "reason"),
    [
        (0, "2020-01-01T00:00:00.000Z", None),
        (365, "2026-03-01T00:00:00.000Z", None),
        (365, "2025-03-20T00:00:00.000Z", "expires in 17 days"),
        (365, "2025-03-20T00:00:00", "expires in 17 days"),
        (30, "2026-01-01T00:00:00.000Z", "expired on 2026-01-31"),
        (365, "", None),
        (365, "yesterday", None),
    ],
)
def test_when_it_is_due(ttl: int, created: str, reason: str | None) -> None:
    seen = Observed("1", {"ttl_days": ttl}, facts={"created_at": created})
    assert KIND.due({**TEXT, "ttl_days": ttl}, seen, NOW) == reason


# ---- defaults and advice


@pytest.mark.parametrize(
    ("given", "before"),
    [
        ({}, 30),
        ({"ttl_days": 100}, 10),
        ({"ttl_days": 9}, 0),
        ({"ttl_days": 0}, 0),
        ({"rotate_before_days": 5}, 5),
    ],
)
def test_what_is_filled_in(given: dict[str, int], before: int) -> None:
    filled = attributes("infisical.scim_tokens", **given)
    assert (filled["description"], filled["rotate_before_days"]) == ("key", before)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, []),
        ({"ttl_days": 0}, [("ttl_days", "advice: ttl_days: 0 makes a token that never expires")]),
        ({"ttl_days": 1}, []),
        (
            {"ttl_days": 30, "rotate_before_days": 30},
            [("rotate_before_days", "rotate_before_days (30) must be less than ttl_days (30)")],
        ),
        ({"ttl_days": 30, "rotate_before_days": 29}, []),
    ],
)
def test_the_review(given: dict[str, int], expected: list[tuple[str, str]]) -> None:
    assert said(KIND, attributes("infisical.scim_tokens", **given)) == expected


@pytest.mark.parametrize(
    "given", [{"ttl_days": 731}, {"ttl_days": -1}, {"description": "x" * 101}, {"description": " "}]
)
def test_what_is_refused_by_its_type(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        attributes("infisical.scim_tokens", **given)
