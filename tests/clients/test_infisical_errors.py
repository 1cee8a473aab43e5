"""What Infisical's errors mean: who is asked for, what the licence lacks, what the file has wrong."""

from __future__ import annotations

from typing import Any, Final

import pytest
import responses

from pingconf.clients.http import Session
from pingconf.clients.infisical import Infisical
from pingconf.model.errors import (
    CredentialError,
    NotFoundError,
    PingconfError,
    ServiceError,
    UnknownOutcomeError,
    UserNeededError,
)
from tests.clients import Waits, leaks
from tests.clients.test_infisical import ORGANIZATION, SITE, USER


@pytest.fixture
def infisical(session: Session, waits: Waits) -> Infisical:
    return Infisical(USER, session, waits.patience)


ISSUES: Final = [
    {"code": "too_small", "path": ["ttlDays"], "message": "must be at least 0"},
    {"code": "invalid_type", "path": ["a", 0], "message": "Required"},
    "odd",
]
RESTRICTED: Final = (
    "Failed to create a SCIM token due to plan restriction. Upgrade plan to create a SCIM token."
)
NO_RBAC: Final = (
    "Failed to set group organization role mapping due to plan RBAC restriction. "
    "Upgrade plan to set custom role mapping."
)
NO_SSO: Final = "Cannot enable SCIM when neither SAML or OIDC is configured."
TREE: Final = [
    (403, {"error": "Forbidden access to /api/v1/x"}, UserNeededError, "refuses this kind of token"),
    (
        403,
        {"error": "TokenError", "message": "Your token has expired."},
        CredentialError,
        "token has expired",
    ),
    (401, {"error": "UnauthorizedError", "message": "no"}, CredentialError, "does not accept the token: no"),
    (
        403,
        {"error": "PermissionDenied", "message": "not allowed"},
        CredentialError,
        "forbids this: not allowed",
    ),
    (403, {"error": "ForbiddenError", "message": "other"}, CredentialError, "forbids this: other"),
    (
        403,
        {"error": "PermissionDenied", "message": "You are not allowed to edit on settings", "details": []},
        CredentialError,
        "forbids this: the permission edit on settings is missing",
    ),
    (
        403,
        {"error": "ForbiddenError", "message": "User organization membership is inactive"},
        CredentialError,
        "The Infisical user is not active in the organisation any more",
    ),
    (
        403,
        {"error": "ForbiddenError", "message": "Invalid user token. Scoped to different organization."},
        CredentialError,
        "is for another organisation than the file's",
    ),
    (
        401,
        {"error": "/api/v1/x Unauthorized Access, no organization found in request", "message": "no"},
        CredentialError,
        "token is for no organisation",
    ),
    (400, {"error": "BadRequest", "message": NO_RBAC}, ServiceError, "licence allows no custom roles"),
    (404, {"error": "NotFound", "message": "Custom role x not found."}, ServiceError, "has no role of this"),
    (400, {"error": "BadRequest", "message": RESTRICTED}, ServiceError, "licence does not allow this"),
    (400, {"error": "BadRequest", "message": NO_SSO}, ServiceError, "only where single sign-on is active"),
    (
        422,
        {"error": "ValidationFailure", "message": ISSUES},
        ServiceError,
        "ttlDays: must be at least 0; a.0: Req",
    ),
    (404, {"error": "NotFound", "message": "gone"}, NotFoundError, "does not find it: gone"),
    (409, {"schemas": ["urn:x"], "detail": "taken"}, ServiceError, "refuses: taken"),
    (
        500,
        {"error": "Create", "message": "Something went wrong"},
        ServiceError,
        "refuses: Something went wrong",
    ),
]


@pytest.mark.parametrize(("status", "answer", "error", "headline"), TREE)
def test_what_an_error_means(
    infisical: Infisical, status: int, answer: Any, error: type[PingconfError], headline: str
) -> None:
    with responses.RequestsMock() as wire:
        wire.add("GET", ORGANIZATION, status=status, json={"reqId": "req-1", "statusCode": status, **answer})
        with pytest.raises(error, match=headline) as caught:
            infisical.organization()
    assert type(caught.value) is error
    assert f"Request: GET {ORGANIZATION.removeprefix(SITE)}, request id req-1" in caught.value.details
    assert leaks(caught.value) == []


def test_a_route_that_is_not_there_is_a_wrong_address(
    infisical: Infisical, wire: responses.RequestsMock
) -> None:
    gone = {
        "message": "Route GET:/api/v1/organization/org-1 not found",
        "error": "Not Found",
        "statusCode": 404,
    }
    wire.add("GET", ORGANIZATION, status=404, json=gone)
    with pytest.raises(ServiceError, match="knows no such path") as caught:
        infisical.organization()
    assert type(caught.value) is ServiceError


MENDS: Final = {
    "Failed to enable/disable SCIM provisioning due to plan restriction. Upgrade plan.": "Enterprise tier",
    NO_SSO: "each later change of the OIDC or SAML set-up switches SCIM off again",
}


@pytest.mark.parametrize("message", MENDS)
def test_what_to_do_before_scim_can_be_switched_on(
    infisical: Infisical, wire: responses.RequestsMock, message: str
) -> None:
    wire.add(
        "PATCH", ORGANIZATION, status=400, json={"reqId": "r", "message": message, "error": "BadRequest"}
    )
    with pytest.raises(ServiceError) as caught:
        infisical.switch_scim(True)
    assert any(MENDS[message] in detail for detail in caught.value.details)


def test_a_value_that_the_database_does_not_take(infisical: Infisical, wire: responses.RequestsMock) -> None:
    """After a POST nobody knows what a 500 has done; what it is about is said all the same."""
    failed = {"reqId": "r", "message": "Something went wrong", "error": "Create"}
    wire.add("POST", f"{SITE}/api/v1/scim/scim-tokens", status=500, json=failed)
    with pytest.raises(UnknownOutcomeError, match="it answered 500: Infisical refuses: Something went wrong"):
        infisical.create_scim_token("x" * 256, 365)
    wire.add("GET", ORGANIZATION, status=500, json=failed)
    for _ in range(3):
        wire.add("GET", ORGANIZATION, status=500, json=failed)
    with pytest.raises(ServiceError) as caught:
        infisical.organization()
    assert "Its database cannot hold a value, or holds one like it already." in caught.value.details
