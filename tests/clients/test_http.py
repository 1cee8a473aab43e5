"""The one door to the network: what it sends, what it refuses, and that nothing leaks out of it."""

from __future__ import annotations

import base64
import json
import logging
from pathlib import Path
from typing import Any, Final

import pytest
import requests
import responses
import urllib3
from responses.registries import OrderedRegistry

from pingconf.clients.http import Session
from pingconf.clients.retry import ATTEMPTS
from pingconf.model.errors import PingconfError, ServiceError, UnknownOutcomeError
from pingconf.model.values import Secret
from tests.canary import PINGONE_ACCESS_TOKEN, PINGONE_CLIENT_SECRET, SCIM_TOKEN
from tests.clients import ORIGIN, Renewable, Waits, a_door, leaks
from tests.clients.test_retry import lost, never_sent

URL: Final = f"{ORIGIN}/thing"


def sent(wire: responses.RequestsMock) -> list[requests.PreparedRequest]:
    return [call.request for call in wire.calls]


def text_of(request: requests.PreparedRequest) -> str:
    body = request.body or ""
    return body.decode() if isinstance(body, bytes) else str(body)


# ---- what is sent


def test_a_secret_is_revealed_in_the_body_and_nowhere_else(
    session: Session, wire: responses.RequestsMock, caplog: pytest.LogCaptureFixture
) -> None:
    wire.add("PUT", URL, json={})
    body = {"configuration": {"OAUTH_ACCESS_TOKEN": Secret(SCIM_TOKEN)}, "name": "Zoë"}
    with caplog.at_level(logging.DEBUG):
        a_door(session, token=PINGONE_ACCESS_TOKEN).call("PUT", "/thing?secret=no", body)
    (request,) = sent(wire)
    assert json.loads(text_of(request)) == {
        "configuration": {"OAUTH_ACCESS_TOKEN": SCIM_TOKEN},
        "name": "Zoë",
    }
    assert request.headers["Authorization"] == f"Bearer {PINGONE_ACCESS_TOKEN}"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Accept"] == "application/json"
    ours = [record.getMessage() for record in caplog.records if record.name == "pingconf.http"]
    assert len(ours) == 1
    assert ours[0].startswith("Service PUT /thing 200 ")
    assert SCIM_TOKEN not in caplog.text
    assert PINGONE_ACCESS_TOKEN not in caplog.text


def test_a_form_and_basic_credentials(session: Session, wire: responses.RequestsMock) -> None:
    wire.add("POST", URL, json={})
    secret = Secret(PINGONE_CLIENT_SECRET)
    kind = "application/x-www-form-urlencoded"
    a_door(session).call("POST", "/thing", {"client_secret": secret}, content_type=kind, basic=("me", secret))
    (request,) = sent(wire)
    scheme, _, encoded = request.headers["Authorization"].partition(" ")
    assert (scheme, base64.b64decode(encoded).decode()) == ("Basic", f"me:{PINGONE_CLIENT_SECRET}")
    assert request.headers["Content-Type"] == kind
    assert text_of(request).startswith("client_secret=canary-pingone-client-secret~%27")


@pytest.mark.parametrize(("method", "kind"), [("GET", None), ("DELETE", None), ("POST", "application/json")])
def test_a_request_without_a_body(
    session: Session, wire: responses.RequestsMock, method: str, kind: str | None
) -> None:
    wire.add(method, URL, status=204)
    assert a_door(session).call(method, "/thing").data is None
    (request,) = sent(wire)
    assert request.body is None
    assert request.headers.get("Content-Type") == kind
    assert "Authorization" not in request.headers


def test_no_netrc_takes_the_place_of_the_token(
    session: Session,
    wire: responses.RequestsMock,
    nobody_at_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    netrc = nobody_at_home / ".netrc"
    netrc.write_text("machine api.pingone.eu login eve password wrong-password-of-eve\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for _ in range(2):
        wire.add("GET", URL, json={})
    a_door(session, token=PINGONE_ACCESS_TOKEN).call("GET", "/thing")
    a_door(session).call("GET", "/thing")
    given, anonymous = sent(wire)
    assert given.headers["Authorization"] == f"Bearer {PINGONE_ACCESS_TOKEN}"
    assert "Authorization" not in anonymous.headers


# ---- 401


def test_a_refused_token_is_renewed_exactly_once(
    session: Session, wire: responses.RequestsMock, waits: Waits
) -> None:
    wire.add("POST", URL, status=401, json={})
    wire.add("POST", URL, json={"id": "1"})
    authority = Renewable("first-token-of-two", "second-token-of-two")
    door = a_door(session, authority=authority, waits=waits)
    assert door.call("POST", "/thing", {"name": "x"}).data == {"id": "1"}
    assert [request.headers["Authorization"][7:12] for request in sent(wire)] == ["first", "secon"]
    assert [text_of(request) for request in sent(wire)] == ['{"name": "x"}'] * 2
    assert (authority.renewed, waits.seconds) == (1, [])


def test_a_second_refusal_is_believed(session: Session, wire: responses.RequestsMock) -> None:
    for _ in range(2):
        wire.add("GET", URL, status=401, json={"message": "no"})
    authority = Renewable("first", "second", "third")
    with pytest.raises(ServiceError, match="refused: no"):
        a_door(session, authority=authority).call("GET", "/thing")
    assert authority.renewed == 1


def test_a_token_that_ends_midway_is_renewed_for_the_request_that_met_it(
    session: Session, wire: responses.RequestsMock
) -> None:
    """What was done before is not done again, and what comes after uses the new token at once."""
    for path, status in (("/a", 200), ("/b", 401), ("/b", 201), ("/c", 200)):
        wire.add("POST", f"{ORIGIN}{path}", status=status, json={})
    authority = Renewable("first-token-of-two", "second-token-of-two")
    door = a_door(session, authority=authority)
    for path in ("/a", "/b", "/c"):
        door.call("POST", path, {"name": path})
    asked = [(one.path_url, text_of(one), one.headers["Authorization"][7:12]) for one in sent(wire)]
    assert asked == [
        ("/a", '{"name": "/a"}', "first"),
        ("/b", '{"name": "/b"}', "first"),
        ("/b", '{"name": "/b"}', "secon"),
        ("/c", '{"name": "/c"}', "secon"),
    ]
    assert authority.renewed == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize("then", [401, 403, 404, 429])
def test_after_a_renewal_nothing_is_renewed_again(session: Session, method: str, then: int) -> None:
    with responses.RequestsMock(registry=OrderedRegistry) as wire:
        wire.add(method, URL, status=401, json={})
        for _ in range(ATTEMPTS if then == 429 else 1):
            wire.add(method, URL, status=then, json={"message": f"it is {then}"})
        authority = Renewable("first", "second", "third")
        with pytest.raises(ServiceError, match=f"refused: it is {then}"):
            a_door(session, authority=authority).call(method, "/thing", {})
    assert authority.renewed == 1


def test_basic_credentials_are_not_renewed(session: Session, wire: responses.RequestsMock) -> None:
    wire.add("POST", URL, status=401, json={"message": "no"})
    authority = Renewable("first", "second")
    with pytest.raises(ServiceError, match="refused: no"):
        a_door(session, authority=authority).call(
            "POST", "/thing", {}, basic=("me", Secret(PINGONE_CLIENT_SECRET))
        )
    assert authority.renewed == 0


def test_a_token_that_cannot_be_renewed_is_sent_once(session: Session, wire: responses.RequestsMock) -> None:
    wire.add("GET", URL, status=401, json={"message": "no"})
    with pytest.raises(ServiceError):
        a_door(session, authority=Renewable("only", can_renew=False)).call("GET", "/thing")
    assert len(wire.calls) == 1


# ---- answers that are no answers

HTML: Final[dict[str, Any]] = {"body": "<html>sign in</html>", "content_type": "text/html; charset=utf-8"}


@pytest.mark.parametrize(
    ("method", "status"),
    [
        ("GET", 200),
        *((method, status) for method in ("GET", "PUT", "DELETE", "PATCH") for status in (400, 404)),
    ],
)
def test_a_page_is_no_api(session: Session, method: str, status: int) -> None:
    with responses.RequestsMock() as wire:
        wire.add(method, URL, status=status, **HTML)
        with pytest.raises(
            ServiceError, match=f"did not answer like its API: {status} with text/html$"
        ) as caught:
            a_door(session).call(method, "/thing")
    assert type(caught.value) is ServiceError, "never taken for a clean 404"
    assert "sign in" not in repr(caught.value.details)


@pytest.mark.parametrize("answer", [HTML, {"body": '{"id": "cut sh'}])
@pytest.mark.parametrize("status", [200, 201, 500, 502])
def test_a_post_with_an_unusable_answer_is_unknown(session: Session, status: int, answer: Any) -> None:
    with responses.RequestsMock() as wire:
        wire.add("POST", URL, status=status, **answer)
        with pytest.raises(UnknownOutcomeError, match=f"it answered {status}: no usable body"):
            a_door(session).call("POST", "/thing", {})


# ---- errors hold nothing

FAULTS: Final[list[tuple[str, dict[str, Any]]]] = [
    ("lost", {"body": lost()}),
    ("never sent", {"body": never_sent()}),
    ("slow", {"body": requests.ReadTimeout("slow")}),
    ("slow to connect", {"body": requests.ConnectTimeout("slow")}),
    ("bad certificate", {"body": requests.exceptions.SSLError("bad")}),
    ("cut short", {"body": requests.exceptions.ChunkedEncodingError("cut")}),
    ("refused", {"status": 400, "json": {"message": "no", "token": SCIM_TOKEN}}),
    ("broken", {"status": 500, "json": {"message": "no", "token": SCIM_TOKEN}}),
    ("half a document", {"body": '{"scimToken": "' + SCIM_TOKEN}),
    ("redirect", {"status": 302, "headers": {"Location": "https://elsewhere.example"}}),
    ("unauthorised", {"status": 401, "json": {"message": "no"}}),
    ("too often", {"status": 429, "json": {"message": "no", "token": SCIM_TOKEN}}),
    ("absurdly often", {"status": 429, "json": {"token": SCIM_TOKEN}, "headers": {"Retry-After": "999999"}}),
    ("a page", {"status": 200, "body": f"<p>{SCIM_TOKEN}</p>", "content_type": "text/html"}),
    ("badly packed", {"body": urllib3.exceptions.DecodeError("bad", ValueError(SCIM_TOKEN))}),
    ("a bad address", {"body": requests.exceptions.InvalidURL(f"https://{SCIM_TOKEN}")}),
    ("a bad proxy", {"body": requests.exceptions.ProxyError(f"http://me:{SCIM_TOKEN}@proxy")}),
]


@pytest.mark.parametrize(("name", "fault"), FAULTS, ids=[one[0] for one in FAULTS])
@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
def test_no_error_carries_a_request_a_body_or_a_token(
    session: Session, method: str, name: str, fault: dict[str, Any]
) -> None:
    with responses.RequestsMock() as wire:
        wire.add(method, URL, **fault)
        with pytest.raises(PingconfError) as caught:
            body = {"OAUTH_ACCESS_TOKEN": Secret(SCIM_TOKEN)}
            a_door(session, token=PINGONE_ACCESS_TOKEN).call(method, "/thing", body)
    assert leaks(caught.value) == []
