"""PingOne's client: the worker's token, pages, creations without an id, and what its errors mean."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any, Final

import pytest
import responses
from responses.registries import OrderedRegistry

from pingconf.clients.bodies import writable
from pingconf.clients.http import Session
from pingconf.clients.pingone import PingOne
from pingconf.clients.pingone_worker import RENEW_EARLY, WorkerToken
from pingconf.model.errors import (
    CredentialError,
    PingconfError,
    ServiceError,
    UnknownOutcomeError,
)
from pingconf.model.settings import PingOneSettings
from pingconf.model.values import Secret
from tests.canary import PINGONE_ACCESS_TOKEN, PINGONE_CLIENT_SECRET
from tests.clients import Waits, leaks

ROOT: Final = "https://api.pingone.eu/v1/environments/env-1"
TOKEN_URL: Final = "https://auth.pingone.eu/worker-env/as/token"
SETTINGS: Final = PingOneSettings(
    api_url="https://api.pingone.eu/v1/",
    auth_url="https://auth.pingone.eu",
    environment_id="env-1",
    auth_environment_id="worker-env",
    access_token=Secret(PINGONE_ACCESS_TOKEN),
)
WORKER: Final = replace(
    SETTINGS, access_token=None, client_id="worker", client_secret=Secret(PINGONE_CLIENT_SECRET)
)


@pytest.fixture
def pingone(session: Session, waits: Waits) -> PingOne:
    return PingOne(SETTINGS, session, waits.patience)


@pytest.fixture
def worker(session: Session, waits: Waits) -> PingOne:
    return PingOne(WORKER, session, waits.patience)


def grant(token: str = PINGONE_ACCESS_TOKEN, **more: Any) -> dict[str, Any]:
    return {"access_token": token, "token_type": "Bearer", "expires_in": 3600, **more}


FOUND: Final = {"id": "a-1"}


# ---- the worker's token


def test_it_is_asked_for_by_basic_once_and_kept(worker: PingOne, wire: responses.RequestsMock) -> None:
    wire.add("POST", TOKEN_URL, json=grant())
    wire.add("GET", f"{ROOT}/a", json=FOUND)
    wire.add("GET", f"{ROOT}/b", json=FOUND)
    worker.read("/a")
    worker.read("/b")
    asked, first, second = (call.request for call in wire.calls)
    pair = base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")).decode()
    assert (pair, asked.body) == (f"worker:{PINGONE_CLIENT_SECRET}", "grant_type=client_credentials")
    assert {one.headers["Authorization"] for one in (first, second)} == {f"Bearer {PINGONE_ACCESS_TOKEN}"}


def test_it_is_asked_for_by_form_where_the_worker_wants_that(
    worker: PingOne, wire: responses.RequestsMock
) -> None:
    said = "Request denied: Unsupported authentication method (Correlation ID: c)"
    wire.add("POST", TOKEN_URL, status=401, json={"error": "invalid_client", "error_description": said})
    wire.add("POST", TOKEN_URL, json=grant())
    wire.add("GET", f"{ROOT}/a", json=FOUND)
    worker.read("/a")
    form = wire.calls[1].request
    assert "Authorization" not in form.headers
    assert str(form.body).startswith(
        "grant_type=client_credentials&client_id=worker&client_secret=canary-pingone"
    )


def test_a_worker_that_takes_neither_way(worker: PingOne, wire: responses.RequestsMock) -> None:
    said = {"error": "invalid_client", "error_description": "Unsupported authentication method"}
    for _ in range(2):
        wire.add("POST", TOKEN_URL, status=401, json=said)
    with pytest.raises(CredentialError, match="does not accept this way") as caught:
        worker.read("/a")
    assert "Client Secret Basic or Client Secret Post" in caught.value.details[0]
    assert leaks(caught.value) == []


@pytest.mark.parametrize(
    ("later", "requests_made"), [(3600 - RENEW_EARLY - 1, 1), (3600 - RENEW_EARLY + 1, 2)]
)
def test_it_is_renewed_early(
    session: Session,
    waits: Waits,
    monkeypatch: pytest.MonkeyPatch,
    later: float,
    requests_made: int,
) -> None:
    now = 1000.0
    monkeypatch.setattr("pingconf.clients.pingone.time.monotonic", lambda: now)
    with responses.RequestsMock() as wire:
        wire.add("POST", TOKEN_URL, json=grant())
        authority = WorkerToken(WORKER, session, waits.patience)
        authority.bearer()
        now += later
        assert isinstance(authority.bearer(), Secret)
        wire.assert_call_count(TOKEN_URL, requests_made)


def test_a_refused_token_is_renewed_once(worker: PingOne, wire: responses.RequestsMock) -> None:
    refusal = {"code": "ACCESS_FAILED", "details": [{"code": "INVALID_TOKEN"}]}
    wire.add("POST", TOKEN_URL, json=grant("first-access-token"))
    wire.add("GET", f"{ROOT}/a", status=401, json=refusal)
    wire.add("POST", TOKEN_URL, json=grant("second-access-token"))
    wire.add("GET", f"{ROOT}/a", status=401, json=refusal)
    with pytest.raises(CredentialError, match="does not accept the access token"):
        worker.read("/a")


def test_a_given_token_cannot_be_renewed(pingone: PingOne, wire: responses.RequestsMock) -> None:
    wire.add("GET", f"{ROOT}/a", status=401, json={"code": "ACCESS_FAILED"})
    with pytest.raises(CredentialError):
        pingone.read("/a")


@pytest.mark.parametrize("gone", ["client_id", "client_secret"])
def test_nothing_is_sent_without_credentials(session: Session, waits: Waits, gone: str) -> None:
    missing: dict[str, Any] = {gone: None}
    settings = replace(WORKER, **missing)
    with pytest.raises(CredentialError, match="No credentials for PingOne") as caught:
        PingOne(settings, session, waits.patience).read("/a")
    assert any("Environment Admin and Identity Data Admin" in detail for detail in caught.value.details)


@pytest.mark.parametrize(
    ("status", "answer", "error", "headline"),
    [
        (
            401,
            {"error": "invalid_client", "error_description": "Request denied"},
            CredentialError,
            "refuses the worker",
        ),
        (400, {"error": "unsupported_grant_type"}, CredentialError, "refuses the worker"),
        (404, {"code": "NOT_FOUND"}, CredentialError, "knows no environment of this id"),
        (400, {"code": "NOT_FOUND"}, CredentialError, "knows no environment of this id"),
        (409, {}, ServiceError, "gives no access token: 409"),
        (200, {"token_type": "Bearer"}, ServiceError, "without an access token"),
        (200, {"access_token": ""}, ServiceError, "without an access token"),
        (200, [], ServiceError, "without an access token"),
    ],
)
def test_what_the_token_endpoint_says(
    worker: PingOne,
    wire: responses.RequestsMock,
    status: int,
    answer: Any,
    error: type[PingconfError],
    headline: str,
) -> None:
    wire.add("POST", TOKEN_URL, status=status, json=answer)
    with pytest.raises(error, match=headline) as caught:
        worker.read("/a")
    assert leaks(caught.value) == []


@pytest.mark.parametrize("lifetime", [None, "soon", []])
def test_an_odd_lifetime_is_no_crash(worker: PingOne, lifetime: Any) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.add("POST", TOKEN_URL, json=grant(expires_in=lifetime))
        wire.add("GET", f"{ROOT}/a", json=FOUND)
        assert worker.read("/a") == FOUND


@pytest.mark.parametrize("status", [500, 503])
def test_the_token_request_may_be_repeated(worker: PingOne, status: int) -> None:
    """Asking for a token makes nothing; were its outcome unknown, an intent would be left behind."""
    with responses.RequestsMock(registry=OrderedRegistry, assert_all_requests_are_fired=False) as wire:
        wire.add("POST", TOKEN_URL, status=status, json={})
        wire.add("POST", TOKEN_URL, json=grant())
        wire.add("GET", f"{ROOT}/a", json=FOUND)
        assert worker.read("/a") == FOUND


@pytest.mark.parametrize("body", [{}, {"id": None}, {"id": 7}, [], None, "x"])
def test_an_object_without_an_id_is_none(pingone: PingOne, wire: responses.RequestsMock, body: Any) -> None:
    """Some proxy's page in JSON is not taken for an object whose fields are all empty."""
    wire.add("GET", f"{ROOT}/a", json=body)
    with pytest.raises(ServiceError, match=r"PingOne answered /a without an (id|object)"):
        pingone.read("/a")


# ---- creations


@pytest.mark.parametrize("answer", [{}, {"id": None}, {"id": 7}])
def test_a_creation_without_an_id_is_looked_up_by_name(
    pingone: PingOne, wire: responses.RequestsMock, answer: Any
) -> None:
    wire.add("POST", f"{ROOT}/groups", status=201, json=answer)
    listed = [{"id": "1", "name": "Other"}, {"id": "2", "name": "Sales"}]
    wire.add("GET", f"{ROOT}/groups", json={"_embedded": {"groups": listed}})
    assert pingone.make("/groups", {"name": "Sales"}, listed_at="/groups", collection="groups") == "2"


@pytest.mark.parametrize("names", [[], ["Sales", "Sales"]])
def test_none_or_several_of_that_name_are_unknown(
    pingone: PingOne, wire: responses.RequestsMock, names: list[str]
) -> None:
    wire.add("POST", f"{ROOT}/groups", status=201)
    listed = [{"id": str(number), "name": name} for number, name in enumerate(names)]
    wire.add("GET", f"{ROOT}/groups", json={"_embedded": {"groups": listed}})
    with pytest.raises(UnknownOutcomeError, match="answered the creation of Sales without an id"):
        pingone.make("/groups", {"name": "Sales"}, listed_at="/groups", collection="groups")


@pytest.mark.parametrize(
    "look", [{"status": 403, "json": {}}, {"status": 404, "json": {"code": "NOT_FOUND"}}]
)
def test_a_look_that_fails_leaves_the_creation_unknown(pingone: PingOne, look: dict[str, Any]) -> None:
    with responses.RequestsMock() as wire:
        wire.add("POST", f"{ROOT}/groups", status=201)
        wire.add("GET", f"{ROOT}/groups", **look)
        with pytest.raises(UnknownOutcomeError):
            pingone.make("/groups", {"name": "Sales"}, listed_at="/groups", collection="groups")


def test_what_a_put_may_send_back() -> None:
    read = {"id": "1", "environment": {}, "createdAt": "", "updatedAt": "", "_links": {}, "syncStatus": {}}
    assert writable({**read, "name": "x", "image": {"id": "i"}, "new": 1}) == {
        "name": "x",
        "image": {"id": "i"},
        "new": 1,
    }
