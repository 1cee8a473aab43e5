"""Infisical's client: what it asks for, and what it makes of the answers."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any, Final

import pytest
import responses

from pingconf.clients.http import Session
from pingconf.clients.infisical import Infisical
from pingconf.model.errors import (
    PingconfError,
    ServiceError,
    UnknownOutcomeError,
)
from pingconf.model.settings import InfisicalSettings
from pingconf.model.values import Secret
from tests.canary import INFISICAL_TOKEN, SCIM_TOKEN
from tests.clients import Waits, leaks

SITE: Final = "https://app.infisical.com"
API: Final = f"{SITE}/api"
ORGANIZATION: Final = f"{API}/v1/organization/org-1"
TOKENS: Final = f"{API}/v1/scim/scim-tokens"
NOBODY: Final = InfisicalSettings(url=SITE, public_url=SITE, organization_id="org-1")
USER: Final = replace(NOBODY, token=Secret(INFISICAL_TOKEN))


@pytest.fixture
def infisical(session: Session, waits: Waits) -> Infisical:
    return Infisical(USER, session, waits.patience)


def client(settings: InfisicalSettings, session: Session) -> Infisical:
    return Infisical(settings, session, Waits().patience)


def body(wire: responses.RequestsMock, number: int = 0) -> Any:
    content = wire.calls[number].request.body
    return json.loads(content) if content else None


def bearer(wire: responses.RequestsMock, number: int) -> str:
    return str(wire.calls[number].request.headers.get("Authorization", "")).removeprefix("Bearer ")


def jwt(**claims: Any) -> str:
    return f"e30.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.{SCIM_TOKEN}"


# ---- what it asks for


def test_the_switch(infisical: Infisical, wire: responses.RequestsMock) -> None:
    wire.add("PATCH", ORGANIZATION, json={"organization": {"scimEnabled": True}})
    infisical.switch_scim(True)
    assert body(wire) == {"scimEnabled": True}


def test_a_switch_that_did_not_turn(infisical: Infisical, wire: responses.RequestsMock) -> None:
    wire.add("PATCH", ORGANIZATION, json={"organization": {"scimEnabled": False}})
    with pytest.raises(ServiceError, match="accepted the SCIM switch but did not turn it"):
        infisical.switch_scim(True)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"organization": null}'])
def test_a_switch_of_which_nobody_knows(
    infisical: Infisical, wire: responses.RequestsMock, content: str
) -> None:
    wire.add("PATCH", ORGANIZATION, body=content)
    with pytest.raises(UnknownOutcomeError, match="it answered without the organisation"):
        infisical.switch_scim(True)


def test_the_id_of_a_token_is_read_out_of_it(infisical: Infisical, wire: responses.RequestsMock) -> None:
    wire.add("POST", TOKENS, json={"scimToken": jwt(scimTokenId="t-1")})
    id, secret = infisical.create_scim_token("PingOne", 365)
    assert (id, repr(secret)) == ("t-1", "(sensitive)")
    assert body(wire) == {"organizationId": "org-1", "description": "PingOne", "ttlDays": 365}


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        [],
        {"scimToken": ""},
        {"scimToken": SCIM_TOKEN},
        {"scimToken": jwt()},
        {"scimToken": jwt(scimTokenId=7)},
        {"scimToken": {"id": "t-1"}},
    ],
)
def test_a_token_that_cannot_be_known_again_is_unknown(
    infisical: Infisical, wire: responses.RequestsMock, answer: Any
) -> None:
    wire.add("POST", TOKENS, **({"json": answer} if answer is not None else {}))
    with pytest.raises(UnknownOutcomeError) as caught:
        infisical.create_scim_token("PingOne", 365)
    assert leaks(caught.value) == []


def test_tokens_are_listed_for_the_organisation(infisical: Infisical, wire: responses.RequestsMock) -> None:
    wire.add("GET", f"{TOKENS}?organizationId=org-1", json={"scimTokens": [{"id": "t-1"}]})
    assert infisical.scim_tokens() == [{"id": "t-1"}]


MISSING: Final = {"error": "NotFound", "message": "SCIM token with ID 't-1' not found", "reqId": "req-1"}


def test_a_token_that_is_gone_is_revoked(infisical: Infisical, wire: responses.RequestsMock) -> None:
    wire.add("DELETE", f"{TOKENS}/t-1", status=404, json=MISSING)
    infisical.delete_scim_token("t-1")


@pytest.mark.parametrize("content", ["", "{}", "[]", "null"])
def test_a_success_without_the_token_never_means_revoked(
    infisical: Infisical, wire: responses.RequestsMock, content: str
) -> None:
    wire.add("DELETE", f"{TOKENS}/t-1", body=content)
    with pytest.raises(UnknownOutcomeError, match="it answered without the token that is revoked"):
        infisical.delete_scim_token("t-1")


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (404, json.dumps({"message": "Route DELETE:/api/v1/scim/scim-tokens/t-1 not found"})),
        (404, "<html>not here</html>"),
        (403, json.dumps({"error": "TokenError", "message": "jwt expired", "reqId": "req-1"})),
        (404, json.dumps({"message": "no such host"})),
        (404, ""),
    ],
)
def test_an_odd_answer_never_means_revoked(infisical: Infisical, status: int, content: str) -> None:
    with responses.RequestsMock() as wire:
        wire.add("DELETE", f"{TOKENS}/t-1", status=status, body=content)
        with pytest.raises(PingconfError):
            infisical.delete_scim_token("t-1")


def test_people_and_groups(infisical: Infisical, wire: responses.RequestsMock) -> None:
    wire.add("GET", f"{ORGANIZATION}/users", json={"users": [{"id": "m-1"}]})
    wire.add("GET", f"{API}/v1/groups", json=[{"id": "g-1"}])
    wire.add("GET", f"{API}/v1/groups/g-1/users", json={"users": [], "totalCount": 7})
    assert (infisical.members(), infisical.groups()) == ([{"id": "m-1"}], [{"id": "g-1"}])
    assert infisical.group_members("g-1") == 7


@pytest.mark.parametrize("answer", [None, [], "x", {"organization": None}, {"organization": []}])
def test_an_organisation_is_due(infisical: Infisical, wire: responses.RequestsMock, answer: Any) -> None:
    wire.add("GET", ORGANIZATION, **({"json": answer} if answer is not None else {}))
    with pytest.raises(ServiceError, match="without organization"):
        infisical.organization()


@pytest.mark.parametrize("answer", [None, {}, {"scimTokens": None}, {"scimTokens": {}}])
def test_a_list_of_tokens_is_due(infisical: Infisical, wire: responses.RequestsMock, answer: Any) -> None:
    wire.add("GET", f"{TOKENS}?organizationId=org-1", **({"json": answer} if answer is not None else {}))
    with pytest.raises(ServiceError, match="without scimTokens"):
        infisical.scim_tokens()
