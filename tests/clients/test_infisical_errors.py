"""What Infisical's errors mean: who is asked for, what the licence lacks, what the file has wrong."""

from __future__ import annotations

from typing import Any, Final

import pytest
import responses

from pingconf.clients.http import Session
from pingconf.clients.infisical import Infisical
from pingconf.model.errors import CredentialError, NotFoundError, PingconfError, ServiceError, UserNeededError
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
