"""What is never taken for gone: who may not look, and who speaks in other words, says nothing of it."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
import responses

from pingconf.clients.http import Session
from pingconf.clients.infisical import Infisical
from pingconf.clients.pingone import PingOne
from pingconf.model.errors import NotFoundError, PingconfError
from tests.clients import Waits
from tests.clients.test_infisical import ORGANIZATION, TOKENS, USER
from tests.clients.test_pingone import ROOT, SETTINGS

THING: Final = f"{ROOT}/groups/1"
ROUTE: Final = {"message": "Route GET:/x not found", "error": "Not Found", "statusCode": 404}
ODD: Final[dict[str, tuple[int, Any]]] = {
    "a gateway": (403, {"message": "Invalid key=value pair (missing equal-sign) in Authorization header"}),
    "a firewall": (403, "<html>forbidden</html>"),
    "nothing, forbidden": (403, ""),
    "nothing, unknown": (401, ""),
    "nothing, not found": (404, ""),
    "null": (404, None),
    "a text": (404, "not found"),
    "a list": (404, []),
    "a page": (404, "<html>not here</html>"),
    "a page of a proxy": (410, "<html>gone</html>"),
    "half an object": (404, '{"code": "NOT_FOU'),
    "no code": (404, {"message": "The requested resource was not found"}),
    "another code": (404, {"code": "RESOURCE_NOT_FOUND"}),
    "a code that is none": (404, {"code": ["NOT_FOUND"]}),
    "a route": (404, ROUTE),
    "a sign-in page": (302, ""),
    "not found, in the words of neither": (404, {"error": "not_found", "status": 404}),
}
PINGONE: Final[dict[str, tuple[int, Any]]] = {
    "a token that is over": (401, {"code": "ACCESS_FAILED", "details": [{"code": "INVALID_TOKEN"}]}),
    "a role that lacks": (403, {"code": "ACCESS_FAILED", "message": "You do not have access"}),
    "a role that lacks, hidden": (404, {"code": "ACCESS_FAILED"}),
    "found nothing, not allowed": (403, {"code": "NOT_FOUND"}),
    "found nothing, not known": (401, {"code": "NOT_FOUND"}),
    "found nothing, too often": (429, {"code": "NOT_FOUND"}),
    "found nothing, broken": (500, {"code": "NOT_FOUND"}),
}
INFISICAL: Final[dict[str, tuple[int, Any]]] = {
    "a token that is over": (403, {"reqId": "r", "error": "TokenError", "message": "expired"}),
    "a token that is over, not found": (404, {"reqId": "r", "error": "TokenError", "message": "expired"}),
    "not allowed": (403, {"reqId": "r", "error": "PermissionDenied", "message": "not found"}),
    "not known": (401, {"reqId": "r", "error": "NotFound", "message": "not found"}),
    "found nothing, not allowed": (403, {"reqId": "r", "error": "NotFound", "message": "not found"}),
    "found nothing, broken": (500, {"reqId": "r", "error": "NotFound", "message": "not found"}),
    "a machine": (403, {"error": "Forbidden access to /api/v1/scim", "statusCode": 403}),
}


def said(answer: tuple[int, Any]) -> dict[str, Any]:
    status, body = answer
    if isinstance(body, str):
        return {"status": status, "body": body}
    return {"status": status, "body": json.dumps(body), "content_type": "application/json"}


@pytest.mark.parametrize("name", [*ODD, *PINGONE])
@pytest.mark.parametrize("way", ["find", "delete", "replace"])
def test_pingone_does_not_say_that_it_is_gone(session: Session, way: str, name: str) -> None:
    pingone = PingOne(SETTINGS, session, Waits().patience)
    with responses.RequestsMock() as wire:
        method = {"delete": "DELETE", "replace": "PUT"}.get(way, "GET")
        wire.add(method, THING, **said((ODD | PINGONE)[name]))
        with pytest.raises(PingconfError) as caught:
            getattr(pingone, way)("/groups/1", *([{}] if way == "replace" else []))
    assert not isinstance(caught.value, NotFoundError)


@pytest.mark.parametrize("name", [*ODD, *INFISICAL])
@pytest.mark.parametrize("way", ["organization", "delete_scim_token"])
def test_infisical_does_not_say_that_it_is_gone(session: Session, way: str, name: str) -> None:
    infisical = Infisical(USER, session, Waits().patience)
    with responses.RequestsMock() as wire:
        wire.add("DELETE", f"{TOKENS}/1", **said((ODD | INFISICAL)[name]))
        wire.add("GET", ORGANIZATION, **said((ODD | INFISICAL)[name]))
        wire.assert_all_requests_are_fired = False
        with pytest.raises(PingconfError) as caught:
            getattr(infisical, way)(*(["1"] if way == "delete_scim_token" else []))
    assert not isinstance(caught.value, NotFoundError)


def test_what_is_gone_in_so_many_words_is_gone(session: Session) -> None:
    pingone = PingOne(SETTINGS, session, Waits().patience)
    infisical = Infisical(USER, session, Waits().patience)
    with responses.RequestsMock() as wire:
        wire.add("GET", THING, status=404, json={"code": "NOT_FOUND"})
        wire.add("DELETE", f"{TOKENS}/1", status=404, json={"reqId": "r", "error": "NotFound"})
        assert pingone.find("/groups/1") is None
        infisical.delete_scim_token("1")
