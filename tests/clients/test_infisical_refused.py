"""Logins that Infisical refuses: each in its own words, with what to do."""

from __future__ import annotations

from typing import Any, Final

import pytest
import responses

from pingconf.clients.http import Session
from pingconf.model.errors import PingconfError, UserNeededError
from pingconf.model.values import Secret
from tests.canary import SCIM_TOKEN
from tests.clients import leaks
from tests.clients.test_infisical import ORGANIZATION, SITE, USER, client
from tests.clients.test_infisical_login import (
    BY_PASSWORD,
    CHOICE,
    IDENTITY,
    IDENTITY_LOGIN,
    PASSWORD_LOGIN,
    refused,
)


def said(status: int, message: str, error: str = "UnauthorizedError") -> dict[str, Any]:
    return {"status": status, "json": {"reqId": "req-1", "message": message, "error": error}}


CHECK_BOTH: Final = "Check INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET."
IDENTITIES: Final[dict[str, tuple[dict[str, Any], str, str]]] = {
    "wrong secret": (
        said(401, "Invalid credentials"),
        "Infisical refuses the machine identity's client id or client secret",
        CHECK_BOTH,
    ),
    "unknown client id": (
        said(404, "No identity with specified client ID was found", "NotFound"),
        "Infisical knows no machine identity of this client id",
        "Is infisical.url the Infisical where the identity is: US cloud, EU cloud or your own?",
    ),
    "locked out": (
        said(401, "This identity auth method is temporarily locked, please try again later"),
        "Infisical has locked this machine identity out after too many wrong logins",
        "Wait for the end of the lock-out, or let an admin lift it: the identity > Universal Auth.",
    ),
    "trusted IPs": (
        said(
            403, "You are not allowed to access this resource from the current IP address", "ForbiddenError"
        ),
        "Infisical does not let this machine identity in from the IP address of this machine",
        "Add it to the trusted IPs: the identity > Universal Auth, for client secrets and for access tokens.",
    ),
    "expired secret": (
        said(401, "Access denied due to expired client secret"),
        "The machine identity's client secret has expired",
        "Make a new one: the identity > Universal Auth > Add client secret.",
    ),
    "used up": (
        said(401, "Access denied due to client secret usage limit reached"),
        "The machine identity's client secret has been used as often as it may be",
        "Make a new one without a limit: the identity > Universal Auth > Add client secret.",
    ),
    "some other way": (
        said(403, "Not today", "ForbiddenError"),
        "Infisical refuses the machine identity's client id or client secret",
        CHECK_BOTH,
    ),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_why_a_machine_identity_is_not_let_in(
    session: Session, wire: responses.RequestsMock, name: str
) -> None:
    answer, headline, mend = IDENTITIES[name]
    wire.add("POST", IDENTITY_LOGIN, **answer)
    error = refused(IDENTITY, session)
    assert (error.exit_code, error.headline) == (3, headline)
    assert mend in error.details
    assert "Request: POST /api/v1/auth/universal-auth/login, request id req-1" in error.details


def test_an_access_token_that_was_revoked_meanwhile(session: Session, wire: responses.RequestsMock) -> None:
    """It is asked for once more; what is refused then is told."""
    for token in ("first-identity-token", "second-identity-token"):
        wire.add("POST", IDENTITY_LOGIN, json={"accessToken": token})
        wire.add("GET", ORGANIZATION, **said(401, "No identity access token found"))
    error = refused(IDENTITY, session)
    assert (error.exit_code, error.headline) == (
        3,
        "Infisical does not know the machine identity's access token any more",
    )


PASSWORDS: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "an older server": (
        {
            "status": 404,
            "json": {"message": "Route POST:/api/v3/auth/login not found", "error": "Not Found"},
        },
        "This Infisical has no login by e-mail and password for programs: it is an older one",
    ),
    "wrong": (said(401, "Invalid credentials"), "Infisical refuses the login by e-mail and password"),
    "single sign-on enforced": (
        said(403, "Login with email is disabled by organization.", "ForbiddenError"),
        "Infisical refuses the login by e-mail and password",
    ),
    "bad request": (
        said(400, "User not found", "BadRequest"),
        "Infisical refuses the login by e-mail and password",
    ),
}


@pytest.mark.parametrize("name", PASSWORDS)
def test_why_a_person_is_not_let_in(session: Session, wire: responses.RequestsMock, name: str) -> None:
    answer, headline = PASSWORDS[name]
    wire.add("POST", PASSWORD_LOGIN, **answer)
    error = refused(BY_PASSWORD, session)
    assert (error.exit_code, error.headline) == (3, headline)
    assert any("infisical login" in one for one in error.details)


def test_a_person_of_another_organisation(session: Session, wire: responses.RequestsMock) -> None:
    wire.add("POST", PASSWORD_LOGIN, json={"accessToken": "token-without-organisation"})
    text = "User does not have access to the organization named undefined"
    wire.add("POST", CHOICE, **said(403, text, "ForbiddenError"))
    error = refused(BY_PASSWORD, session)
    assert (error.exit_code, error.headline) == (
        3,
        "This Infisical user does not belong to the organisation of the file",
    )


SCIM_TOKENS: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "SCIM is off": (
        {
            "status": 403,
            "json": {"schemas": ["urn:x"], "status": 403, "detail": "SCIM is disabled for the organization"},
        },
        "SCIM is switched off for this organisation of Infisical",
    ),
    "expired": (
        {"status": 401, "json": {"schemas": ["urn:x"], "status": 401, "detail": "The access token expired"}},
        "Infisical does not accept the token: The access token expired",
    ),
    "revoked": (
        said(401, "You are not allowed to access this resource"),
        "Infisical does not accept the token: You are not allowed to access this resource",
    ),
    "broken": (
        said(403, "invalid signature", "TokenError"),
        "Infisical does not accept the token: invalid signature",
    ),
    "failing": (said(400, "no", "BadRequest"), "Infisical refuses: no"),
}


@pytest.mark.parametrize("name", SCIM_TOKENS)
def test_why_the_scim_server_does_not_answer(
    session: Session, wire: responses.RequestsMock, name: str
) -> None:
    """Nobody is sent to log in again: it is not their token."""
    answer, headline = SCIM_TOKENS[name]
    wire.add("GET", f"{SITE}/api/v1/scim/Users", **answer)
    with pytest.raises(PingconfError) as caught:
        client(USER, session).look_up(Secret(SCIM_TOKEN), "email.value pr")
    assert caught.value.headline == headline
    assert not any("infisical login" in detail for detail in caught.value.details)
    assert leaks(caught.value) == []


def test_a_machine_identity_is_told_apart_from_a_person(
    session: Session, wire: responses.RequestsMock
) -> None:
    """Only this error leaves what could not be read unverified; all others end the run."""
    wire.add("POST", IDENTITY_LOGIN, json={"accessToken": "identity-token"})
    text = "You are not allowed to access this resource"
    wire.add("GET", ORGANIZATION, **said(403, text, f"Forbidden access to {ORGANIZATION.removeprefix(SITE)}"))
    assert type(refused(IDENTITY, session)) is UserNeededError
