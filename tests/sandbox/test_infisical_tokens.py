"""Infisical's SCIM tokens, as observed on a backend of June 2025."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from pingconf.sandbox import ORGANIZATION_ID, World
from tests.sandbox.callers import INFISICAL, NO_ID, Clock, Infisical, error, payload

TOKENS = "/api/v1/scim/scim-tokens"
LISTED = f"{TOKENS}?organizationId={ORGANIZATION_ID}"
ORGANIZATION = f"/api/v1/organization/{ORGANIZATION_ID}"
NOT_ALLOWED = "You are not allowed to access this resource"


def test_a_token_says_its_id_and_is_shown_once(infisical: Infisical, clock: Clock) -> None:
    first = infisical.new_token(description="  spaced é  ", ttlDays=30, foo=1)
    second = infisical.new_token()
    assert payload(first)["authTokenType"] == "scimToken"
    assert set(payload(first)) == {"scimTokenId", "authTokenType", "iat"}
    rows = infisical.admin().get(LISTED)["scimTokens"]
    assert [row["id"] for row in rows] == [payload(token)["scimTokenId"] for token in (first, second)]
    assert [(row["description"], row["ttlDays"]) for row in rows] == [("spaced é", 30), ("", 0)]
    assert set(rows[0]) == {"id", "ttlDays", "description", "orgId", "createdAt", "updatedAt"}


@pytest.mark.parametrize(
    ("fields", "status", "name"),
    [
        ({"ttlDays": 731}, 200, ""),
        ({"ttlDays": -1}, 422, "ValidationFailure"),
        ({"ttlDays": "5"}, 422, "ValidationFailure"),
        ({"ttlDays": 1.5}, 500, "Create"),
        ({"description": "x" * 255}, 200, ""),
        ({"description": "x" * 256}, 500, "Create"),
        ({"organizationId": NO_ID}, 403, "ForbiddenError"),
        ({"organizationId": "not-a-uuid"}, 403, "ForbiddenError"),
        ({"organizationId": None}, 422, "ValidationFailure"),
    ],
)
def test_the_limits_of_a_token(infisical: Infisical, fields: Any, status: int, name: str) -> None:
    answer = infisical.admin().ask("POST", TOKENS, {"organizationId": ORGANIZATION_ID, **fields})
    assert (answer.status_code, answer.json().get("error", "")) == (status, name)


def test_token_routes_take_forms(infisical: Infisical) -> None:
    headers = {"Authorization": f"Bearer {infisical.world.admin_token()}"}
    form = {"organizationId": ORGANIZATION_ID}
    answer = infisical.session.post(f"{INFISICAL}{TOKENS}", data=form, headers=headers)
    assert answer.status_code == 200


def test_a_deleted_token_dies_at_once_and_an_expired_one_stays_listed(
    infisical: Infisical, clock: Clock, session: requests.Session, world: World
) -> None:
    infisical.enable_scim()
    deleted, expired = infisical.new_token(), infisical.new_token(ttlDays=1)
    path = f"{TOKENS}/{payload(deleted)['scimTokenId']}"
    assert infisical.admin().ask("DELETE", path).json()["scimToken"]["ttlDays"] == 0
    scim = Infisical(session, world, deleted)
    expected = error(401, NOT_ALLOWED, "UnauthorizedError")
    assert scim.refused("GET", "/api/v1/scim/Users") == expected
    assert infisical.admin().refused("DELETE", path)["error"] == "NotFound"
    clock.wind(days=1)
    refused = Infisical(session, world, expired).refused("GET", "/api/v1/scim/Users")
    assert refused == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": 401,
        "detail": "The access token expired",
    }
    assert len(infisical.admin().get(LISTED)["scimTokens"]) == 1


def test_the_token_of_scim_opens_nothing_else(infisical: Infisical) -> None:
    refused = infisical.scim().refused("GET", ORGANIZATION)
    assert refused == error(403, NOT_ALLOWED, f"Forbidden access to {ORGANIZATION}")
