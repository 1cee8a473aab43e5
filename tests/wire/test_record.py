"""The record complains of whatever is not documented, and never tells a value."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from pingconf.sandbox import Request, Response
from tests.apart import session_apart
from tests.canary import SCIM_TOKEN
from tests.wire.record import Record, report
from tests.wire.samples import JSON, endpoints, named

ROOT: Final = "/v1/environments/5a4d0000-e000-4000-8000-000000000001"
STORE: Final = f"{ROOT}/propagation/stores/5a4d0002-0000-4000-8000-000000000001"
BODY: Final = named("replace a store").sends
JSON_TYPE: Final = {"content-type": JSON}


def request(
    method: str, path: str, body: Any = None, query: str = "", kind: str | None = JSON, prefix: str = ROOT
) -> Request:
    headers = {} if kind is None else {"content-type": kind}
    return Request(method, prefix + path, query, headers, b"" if body is None else json.dumps(body).encode())


def complaints(*requests: Request, shown: bytes = b"") -> list[str]:
    record = Record()
    for one in requests:
        record.note(one, Response(200, {}, shown))
    assert SCIM_TOKEN not in report(record)
    return list(record.complaints)


def put(change: Callable[[dict[str, Any]], None] = lambda body: None) -> Request:
    body = json.loads(json.dumps(BODY))
    change(body)
    return request("PUT", STORE, body, prefix="")


def test_what_is_documented_is_fine() -> None:
    assert (
        complaints(put(), request("GET", "/users", query="filter=enabled+eq+true&limit=200", kind=None)) == []
    )
    proxied = request("GET", "/users", query="limit=200", kind=None, prefix=f"/proxy{ROOT}")
    assert complaints(proxied, request("DELETE", "/groups/1", kind=None)) == []


HOME: Final = {"population": {"id": "5a4d0007-0000-4000-8000-000000000001"}}
ODD: Final[list[tuple[Request, str]]] = [
    (request("GET", "/thing", kind=None), f"GET {ROOT}/thing is not in the table"),
    (request("PATCH", "/groups/1", {}), f"PATCH {ROOT}/groups/1 is not in the table"),
    (request("GET", "/groups/1/users", kind=None), f"GET {ROOT}/groups/1/users is not in the table"),
    (
        request("GET", "/users", query="limit=0", kind=None),
        "GET /users: the parameter limit has an odd value",
    ),
    (request("GET", "/users", query="q=1", kind=None), "GET /users: the parameter q is not documented"),
    (request("POST", "/propagation/revisions", {}), "POST /propagation/revisions: there is a body"),
    (request("POST", "/groups"), "POST /groups: there is no body"),
    (
        request("POST", "/groups", {"name": "New"}, kind="text/plain"),
        "POST /groups: the content type is text/plain",
    ),
    (
        request("POST", "/groups", {"name": "New"}, kind=None),
        "POST /groups: the content type is missing",
    ),
    (request("POST", "/groups", {}), 'POST /groups: $ breaks required: ["name"]'),
    (request("POST", "/groups", {"name": 7}), 'POST /groups: $.name breaks type: "string"'),
    (
        request("POST", "/groups", {"name": "New", "secret": SCIM_TOKEN}),
        "POST /groups: $.secret is not documented",
    ),
    (
        request("PUT", "/groups/1", {"name": "New", **HOME}),
        "PUT /groups/{groupID}: $.population is read only",
    ),
    (
        put(lambda body: body["configuration"].update(OAUTH_ACCESS_TOKEN=[SCIM_TOKEN])),
        'PUT /propagation/stores/{storeID}: $.configuration.OAUTH_ACCESS_TOKEN breaks type: "string"',
    ),
    (
        put(lambda body: body["configuration"].update(TOKEN=SCIM_TOKEN)),
        "PUT /propagation/stores/{storeID}: $.configuration.TOKEN is not documented",
    ),
]


@pytest.mark.parametrize(("odd", "complaint"), ODD, ids=[complaint for _, complaint in ODD])
def test_what_is_not_documented_is_told(odd: Request, complaint: str) -> None:
    assert complaints(odd, odd) == [complaint]


def test_what_the_service_showed_may_be_sent_back_as_it_was() -> None:
    look = request("GET", STORE, kind=None, prefix="")
    shown = json.dumps({**BODY, "id": "1", "configuration": {**BODY["configuration"], "NEWER": "x"}}).encode()
    same = put(lambda body: body["configuration"].update(NEWER="x"))
    other = put(lambda body: body["configuration"].update(NEWER="y"))
    assert complaints(look, same, shown=shown) == []
    undocumented = ["PUT /propagation/stores/{storeID}: $.configuration.NEWER is not documented"]
    assert complaints(look, other, shown=shown) == undocumented
    assert complaints(same) == undocumented


def test_what_is_read_only_is_not_sent_back() -> None:
    look = request("GET", "/groups/1", kind=None)
    shown = json.dumps({"id": "1", "name": "New", **HOME}).encode()
    sent = request("PUT", "/groups/1", {"name": "New", **HOME})
    assert complaints(look, sent, shown=shown) == ["PUT /groups/{groupID}: $.population is read only"]


def test_the_figures_say_how_much_was_looked_at() -> None:
    record = Record()
    for one in (put(), put(), request("GET", "/users", kind=None), request("GET", "/thing", kind=None)):
        record.note(one, Response(200))
    assert record.figures.startswith("3 requests to 2 of ")
    assert record.figures.endswith(" endpoints, 1 different bodies: 1 undocumented")


ASKING: Final = """
from pingconf.clients.http import open_session
from pingconf.clients.pingone import PingOne
from pingconf.model.settings import PingOneSettings
from pingconf.model.values import Secret
from pingconf.sandbox import CLIENT_ID, CLIENT_SECRET, ENVIRONMENT_ID as HERE, SandboxAdapter, World

def test_it():
    worker = {"client_id": CLIENT_ID, "client_secret": Secret(CLIENT_SECRET)}
    settings = PingOneSettings("https://api.pingone.eu/v1", "https://auth.pingone.eu", HERE, HERE, **worker)
    PingOne(settings, open_session(SandboxAdapter(World.seed()))).%s
"""
SESSIONS: Final = {
    'create("/groups", {"name": "New"})': None,
    'create("/groups", {"name": "New", "colour": "red"})': "POST /groups: $.colour is not documented",
}


@pytest.mark.parametrize("call", SESSIONS)
def test_an_undocumented_request_fails_the_session(call: str) -> None:
    complaint = SESSIONS[call]
    run = session_apart(ASKING % call)
    assert run.returncode == int(complaint is not None), run.stdout + run.stderr
    assert "1 passed" in run.stdout
    assert f"Wire record: 2 requests to 2 of {len(endpoints())} endpoints" in run.stdout
    assert (complaint or "Wire record") in run.stdout
