"""Who speaks to Infisical: a token that is looked at before it is sent, a password, or a machine identity."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest
import responses

from pingconf.clients.http import Session
from pingconf.clients.infisical import Infisical
from pingconf.model.errors import CredentialError, PingconfError, ServiceError
from pingconf.model.settings import InfisicalSettings
from pingconf.model.values import Secret
from tests.canary import INFISICAL_CLIENT_SECRET, INFISICAL_PASSWORD, INFISICAL_TOKEN
from tests.clients import NOW, Waits, leaks
from tests.clients.test_infisical import API, NOBODY, ORGANIZATION, USER, bearer, body, client, jwt

BY_PASSWORD: Final = replace(NOBODY, email="a@acme.example", password=Secret(INFISICAL_PASSWORD))
IDENTITY: Final = replace(NOBODY, client_id="identity", client_secret=Secret(INFISICAL_CLIENT_SECRET))
PASSWORD_LOGIN: Final = f"{API}/v3/auth/login"
CHOICE: Final = f"{API}/v3/auth/select-organization"
IDENTITY_LOGIN: Final = f"{API}/v1/auth/universal-auth/login"
SOON: Final = int((NOW + timedelta(minutes=5)).timestamp())


@pytest.fixture
def infisical(session: Session, waits: Waits) -> Infisical:
    return Infisical(USER, session, waits.patience)


def refused(settings: InfisicalSettings, session: Session) -> PingconfError:
    with pytest.raises(PingconfError) as caught:
        client(settings, session).organization()
    assert leaks(caught.value) == []
    return caught.value


# ---- a token that is given

USERS: Final = {"authTokenType": "accessToken", "organizationId": "org-1", "exp": SOON}
UNFIT: Final[dict[str, tuple[dict[str, Any], str, str]]] = {
    "expired": (
        {**USERS, "exp": int(NOW.timestamp())},
        "The Infisical user's token has expired",
        "It ended at 2026-03-02 09:00 UTC; it is 2026-03-02 09:00 here.",
    ),
    "for no organisation": (
        {name: value for name, value in USERS.items() if name != "organizationId"},
        "The Infisical user's token is for no organisation",
        "Log in again and choose the one of the file, org-1.",
    ),
    "for another organisation": (
        {**USERS, "organizationId": "org-2"},
        "The Infisical user's token is for another organisation than the file's",
        "It is for org-2; infisical.organization_id is org-1.",
    ),
    "of a machine identity": (
        {"authTokenType": "identityAccessToken", "identityId": "i-1", "exp": SOON},
        "The token given for Infisical is a machine identity's access token, not a user's",
        "To look around as a machine identity, set INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and "
        "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET instead.",
    ),
    "of SCIM": (
        {"authTokenType": "scimToken", "scimTokenId": "t-1"},
        "The token given for Infisical is a SCIM token, not a user's",
        "That is for PingOne to hold; it opens only the SCIM server.",
    ),
    "of some other kind": (
        {"authTokenType": "mfaToken"},
        "The token given for Infisical is of another kind, not a user's",
        "Log in with `infisical login`, then: export INFISICAL_TOKEN=$(infisical user get token --plain)",
    ),
}


@pytest.mark.parametrize("name", UNFIT)
def test_an_unfit_token_is_refused_before_anything_is_sent(session: Session, name: str) -> None:
    claims, headline, detail = UNFIT[name]
    with responses.RequestsMock() as wire:
        error = refused(replace(NOBODY, token=Secret(jwt(**claims))), session)
        assert len(wire.calls) == 0
    assert (type(error), error.exit_code, error.headline) == (CredentialError, 3, headline)
    assert detail in error.details
    assert any("infisical login" in one for one in error.details)


@pytest.mark.parametrize(
    "claims",
    [
        USERS,
        {**USERS, "organizationId": "ORG-1"},
        {**USERS, "exp": "soon"},
        {**USERS, "exp": 1e300},
        {"organizationId": "org-1"},
    ],
    ids=["good", "another case", "an odd end", "an end beyond time", "of no kind"],
)
def test_a_token_that_may_be_good_is_sent(
    session: Session, wire: responses.RequestsMock, claims: dict[str, Any]
) -> None:
    wire.add("GET", ORGANIZATION, json={"organization": {"scimEnabled": True}})
    token = jwt(**claims)
    assert client(replace(NOBODY, token=Secret(token)), session).organization()["scimEnabled"] is True
    assert bearer(wire, 0) == token


def test_what_is_no_jwt_is_left_to_infisical(session: Session, wire: responses.RequestsMock) -> None:
    malformed = {
        "reqId": "req-1",
        "message": "The provided access token is malformed.",
        "error": "TokenError",
    }
    wire.add("GET", ORGANIZATION, status=403, json=malformed)
    error = refused(replace(NOBODY, token=Secret("no-jwt-at-all")), session)
    assert error.headline == ("Infisical does not accept the token: The provided access token is malformed.")


# ---- a login of our own


def test_a_password_login_and_the_choice_of_the_organisation(
    session: Session, wire: responses.RequestsMock
) -> None:
    wire.add("POST", f"{API}/v3/auth/login", json={"accessToken": "token-without-organisation"})
    wire.add(
        "POST", f"{API}/v3/auth/select-organization", json={"token": INFISICAL_TOKEN, "isMfaEnabled": False}
    )
    for _ in range(2):
        wire.add("GET", ORGANIZATION, json={"organization": {"scimEnabled": True}})
    speaker = client(BY_PASSWORD, session)
    assert [speaker.organization()["scimEnabled"] for _ in range(2)] == [True, True]
    assert body(wire, 0) == {"email": "a@acme.example", "password": INFISICAL_PASSWORD}
    assert body(wire, 1) == {"organizationId": "org-1"}
    assert [bearer(wire, number) for number in range(4)] == [
        "",
        "token-without-organisation",
        INFISICAL_TOKEN,
        INFISICAL_TOKEN,
    ]


def test_a_second_factor_needs_a_person(session: Session, wire: responses.RequestsMock) -> None:
    wire.add("POST", f"{API}/v3/auth/login", json={"accessToken": "token-without-organisation"})
    wire.add(
        "POST", f"{API}/v3/auth/select-organization", json={"token": "half-a-token", "isMfaEnabled": True}
    )
    with pytest.raises(CredentialError, match="logs in with a second factor") as caught:
        client(BY_PASSWORD, session).organization()
    assert any("infisical login" in detail for detail in caught.value.details)
    assert leaks(caught.value, "half-a-token") == []


@pytest.mark.parametrize("answer", [{}, [], {"accessToken": ""}, {"accessToken": None}, {"accessToken": 7}])
def test_a_login_without_a_token(session: Session, wire: responses.RequestsMock, answer: Any) -> None:
    wire.add("POST", f"{API}/v3/auth/login", json=answer)
    with pytest.raises(ServiceError, match="answered the login without a token"):
        client(BY_PASSWORD, session).organization()


def test_a_machine_identity_and_its_renewal(session: Session, wire: responses.RequestsMock) -> None:
    login = f"{API}/v1/auth/universal-auth/login"
    wire.add("POST", login, json={"accessToken": "first-identity-token"})
    wire.add("GET", f"{API}/v1/groups", status=401, json={"message": "expired", "error": "UnauthorizedError"})
    wire.add("POST", login, json={"accessToken": "second-identity-token"})
    wire.add("GET", f"{API}/v1/groups", json=[])
    assert client(IDENTITY, session).groups() == []
    assert body(wire, 0) == {"clientId": "identity", "clientSecret": INFISICAL_CLIENT_SECRET}
    assert bearer(wire, 3) == "second-identity-token"


def test_a_given_token_is_never_renewed(infisical: Infisical, wire: responses.RequestsMock) -> None:
    wire.add("GET", ORGANIZATION, status=401, json={"message": "Token missing", "error": "UnauthorizedError"})
    with pytest.raises(CredentialError, match="does not accept the token: Token missing") as caught:
        infisical.organization()
    assert leaks(caught.value) == []


@pytest.mark.parametrize(
    "settings", [NOBODY, replace(NOBODY, email="a@acme.example"), replace(NOBODY, client_id="x")]
)
def test_nothing_is_sent_without_credentials(session: Session, settings: InfisicalSettings) -> None:
    with pytest.raises(CredentialError, match="No credentials for Infisical"):
        client(settings, session).organization()


def test_a_token_of_our_own_login_is_renewed_before_it_ends(
    session: Session, wire: responses.RequestsMock
) -> None:
    """Infisical answers an expired one with 403, which the door does not take for a reason to log in anew."""
    short, long = (jwt(exp=int(NOW.timestamp()) + seconds) for seconds in (20, 600))
    for token, requests in ((short, 1), (long, 2)):
        wire.add("POST", IDENTITY_LOGIN, json={"accessToken": token})
        for _ in range(requests):
            wire.add("GET", f"{API}/v1/groups", json=[])
    speaker = client(IDENTITY, session)
    for _ in range(3):
        speaker.groups()
    sent = [(call.request.method, bearer(wire, number)) for number, call in enumerate(wire.calls)]
    assert sent == [("POST", ""), ("GET", short), ("POST", ""), ("GET", long), ("GET", long)]


def test_a_login_is_asked_for_again_where_the_service_stumbles(
    session: Session, wire: responses.RequestsMock
) -> None:
    wire.add("POST", IDENTITY_LOGIN, status=502, json={})
    wire.add("POST", IDENTITY_LOGIN, json={"accessToken": "identity-token"})
    wire.add("GET", f"{API}/v1/groups", json=[])
    assert client(IDENTITY, session).groups() == []
