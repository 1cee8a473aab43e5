"""Credentials that no request can hold, and secrets that a service says back: no byte of them gets out."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

import pytest
import responses

from pingconf.clients.http import FORM, Session, jwt_claims
from pingconf.model.errors import CredentialError, ServiceError
from pingconf.model.values import SENSITIVE, Secret
from tests.canary import INFISICAL_PASSWORD, INFISICAL_TOKEN, PINGONE_CLIENT_SECRET, SCIM_TOKEN
from tests.clients import ORIGIN, a_door, leaks

URL: Final = f"{ORIGIN}/thing"

# ---- tokens that are none

CONTROLS: Final = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA1))]
MALFORMED: Final = [
    *CONTROLS,
    " ",
    "\r\nX-Evil: 1",
    "ü",
    "\u2019",
    "\u200b",
    "\u2028",
    "\ufeff",
    "\U0001f511",
]


@pytest.mark.parametrize("bad", MALFORMED, ids=ascii)
def test_a_malformed_token_is_refused_without_an_echo(session: Session, bad: str) -> None:
    for place in (0, 10, len(SCIM_TOKEN)):
        token = SCIM_TOKEN[:place] + bad + SCIM_TOKEN[place:]
        with responses.RequestsMock() as wire:
            with pytest.raises(CredentialError, match="holds a blank, a line break or the like") as caught:
                a_door(session, token=token).call("GET", "/thing")
            assert len(wire.calls) == 0
        assert leaks(caught.value, SCIM_TOKEN[:10], SCIM_TOKEN[10:]) == []


NO_TEXT: Final = "\udcfc"
"""What Python makes of a byte in the environment that is no UTF-8: here a Latin-1 ü."""
PLACES: Final[dict[str, dict[str, Any]]] = {
    "in a body": {"body": {"password": Secret(SCIM_TOKEN + NO_TEXT)}},
    "deep in a body": {"body": {"a": [{"b": Secret(SCIM_TOKEN + NO_TEXT)}]}},
    "in a form": {"body": {"client_secret": Secret(SCIM_TOKEN + NO_TEXT)}, "content_type": FORM},
    "as a password": {"basic": ("me", Secret(SCIM_TOKEN + NO_TEXT))},
    "as a name": {"basic": (f"me{NO_TEXT}", Secret(SCIM_TOKEN))},
}


@pytest.mark.parametrize("where", PLACES)
def test_a_secret_that_is_no_text_is_refused_before_a_codec_quotes_it(session: Session, where: str) -> None:
    with responses.RequestsMock() as wire:
        with pytest.raises(CredentialError, match=r"holds bytes that are no UTF-8 text$") as caught:
            a_door(session).call("POST", "/thing", **PLACES[where])
        assert len(wire.calls) == 0
    assert leaks(caught.value) == []


def test_a_token_that_is_no_text(session: Session) -> None:
    with pytest.raises(CredentialError) as caught:
        a_door(session, token=SCIM_TOKEN + NO_TEXT).call("GET", "/thing")
    assert leaks(caught.value) == []


# ---- secrets that come back


@pytest.mark.parametrize(
    "answer",
    [
        {"json": {"message": f"'{INFISICAL_PASSWORD}' is no good"}},
        {"body": json.dumps({"message": f"'{INFISICAL_PASSWORD}' is no good"}, ensure_ascii=False)},
        {"body": "<p>no</p>", "content_type": SCIM_TOKEN},
    ],
    ids=["escaped", "in clear", "as a header"],
)
@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_service_that_quotes_a_secret_does_not_make_us_print_it(
    session: Session, wire: responses.RequestsMock, answer: dict[str, Any], status: int
) -> None:
    wire.add("PUT", URL, status=status, **answer)
    body = {"token": Secret(SCIM_TOKEN), "password": Secret(INFISICAL_PASSWORD)}
    with pytest.raises(ServiceError) as caught:
        a_door(session).call("PUT", "/thing", body)
    assert SENSITIVE in caught.value.headline
    assert leaks(caught.value) == []


def test_the_token_of_the_request_is_quoted(session: Session, wire: responses.RequestsMock) -> None:
    wire.add("GET", URL, status=400, json={"message": f"'Bearer {SCIM_TOKEN}' is no good"})
    with pytest.raises(ServiceError, match=r"'Bearer \(sensitive\)' is no good") as caught:
        a_door(session, token=SCIM_TOKEN).call("GET", "/thing")
    assert leaks(caught.value) == []


def test_an_empty_secret_is_found_nowhere(session: Session, wire: responses.RequestsMock) -> None:
    wire.add("PUT", URL, json={"name": "x"})
    body = {"token": Secret(""), "other": Secret(PINGONE_CLIENT_SECRET)}
    assert a_door(session).call("PUT", "/thing", body).data == {"name": "x"}


def test_a_jwt_shows_its_claims_and_nothing_else_does() -> None:
    claims = {"authTokenType": "accessToken", "organizationId": "org-1", "exp": 4102444800}
    assert jwt_claims(Secret(INFISICAL_TOKEN)) == claims
    deep = base64.urlsafe_b64encode(b"[" * 90_000).decode()
    for text in ("", "a.b", "a.b.c", "a.!!.c", "a.bnVsbA.c", "a.ü.c", f"a.{deep}.c", "a.Im4i.c"):
        assert jwt_claims(Secret(text)) == {}
