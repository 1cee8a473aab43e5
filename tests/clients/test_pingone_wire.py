"""What PingOne answers: lists over pages, odd shapes, and errors told by their code before their status."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any, Final

import pytest
import responses

from pingconf.clients.http import Session
from pingconf.clients.pingone import PingOne
from pingconf.clients.pingone_errors import MissingRoleError
from pingconf.model.errors import (
    CredentialError,
    NotFoundError,
    PingconfError,
    ServiceError,
    UnknownOutcomeError,
)
from tests.clients import Waits, leaks
from tests.clients.test_origin import FOREIGN
from tests.clients.test_pingone import ROOT, SETTINGS

URL: Final = f"{ROOT}/groups"


@pytest.fixture
def pingone(session: Session, waits: Waits) -> PingOne:
    return PingOne(SETTINGS, session, waits.patience)


def page(*names: str, following: Any = None) -> dict[str, Any]:
    links = {"self": {"href": URL}} | ({"next": {"href": following}} if following is not None else {})
    return {"_links": links, "_embedded": {"groups": [{"id": f"id-{name}", "name": name} for name in names]}}


# ---- pages


def test_a_list_goes_over_all_its_pages(pingone: PingOne, wire: responses.RequestsMock) -> None:
    wire.add("GET", f"{URL}?limit=2", json=page("a", "b", following=f"{URL}?limit=2&cursor=x%3D"))
    wire.add("GET", f"{URL}?limit=2&cursor=x%3D", json=page("c"))
    assert [one["name"] for one in pingone.list("/groups", "groups", {"limit": "2"})] == ["a", "b", "c"]
    assert [str(call.request.url).partition("?")[2] for call in wire.calls] == [
        "limit=2",
        "limit=2&cursor=x%3D",
    ]


@pytest.mark.parametrize("links", [None, {}, {"next": None}])
def test_a_page_without_a_link_is_the_last(
    pingone: PingOne, wire: responses.RequestsMock, links: Any
) -> None:
    wire.add("GET", URL, json=page("a") | {"_links": links})
    assert len(pingone.list("/groups", "groups")) == 1


@pytest.mark.parametrize("counted", ["count", "size"])
def test_an_empty_list_may_come_without_its_collection(
    pingone: PingOne, wire: responses.RequestsMock, counted: str
) -> None:
    wire.add("GET", URL, json={counted: 0})
    assert pingone.list("/groups", "groups") == []


def test_pages_in_a_circle(pingone: PingOne) -> None:
    with responses.RequestsMock() as wire:
        wire.add("GET", URL, json=page("a", following=f"{URL}?cursor=1"))
        with pytest.raises(ServiceError, match="sends the pages of /groups in a circle"):
            pingone.list("/groups", "groups")


def test_pages_without_an_end(pingone: PingOne, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pingconf.clients.pingone.MOST_PAGES", 5)
    with responses.RequestsMock() as wire:
        for number in range(9):
            url = f"{URL}?cursor={number}" if number else URL
            query = [responses.matchers.query_string_matcher(f"cursor={number}" if number else "")]
            wire.add(
                "GET",
                url.partition("?")[0],
                json=page("a", following=f"{URL}?cursor={number + 1}"),
                match=query,
            )
        wire.assert_all_requests_are_fired = False
        with pytest.raises(ServiceError, match="in a circle"):
            pingone.list("/groups", "groups")
        assert len(wire.calls) == 5


@pytest.mark.parametrize("link", [*FOREIGN, "https://api.pingone.com/v1", "//evil.example/groups"])
def test_a_page_on_another_host(pingone: PingOne, wire: responses.RequestsMock, link: str) -> None:
    wire.add("GET", URL, json=page("a", following=link))
    with pytest.raises(ServiceError, match="PingOne sent a link to another host"):
        pingone.list("/groups", "groups")
    assert len(wire.calls) == 1


@pytest.mark.parametrize("status", [400, 404, 403])
def test_a_partial_list_is_an_error(pingone: PingOne, wire: responses.RequestsMock, status: int) -> None:
    wire.add("GET", URL, json=page("a", following=f"{URL}?cursor=1"))
    wire.add("GET", f"{URL}?cursor=1", status=status, json={"code": "INVALID_DATA"})
    with pytest.raises(PingconfError):
        pingone.list("/groups", "groups")


# ---- odd shapes


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="nothing"),
        pytest.param([], id="a list"),
        pytest.param("text", id="a text"),
        pytest.param({"_embedded": {"groups": {}}}, id="no list in it"),
        pytest.param({"_embedded": {"groups": None}}, id="null in it"),
        pytest.param({"_embedded": None}, id="embedded null"),
        pytest.param({"_embedded": []}, id="embedded list"),
        pytest.param(page(following=7), id="href number"),
        pytest.param({"_embedded": {"groups": [None]}}, id="member null"),
        pytest.param({"_embedded": {"groups": [{"id": None}]}}, id="id null"),
        pytest.param({}, id="empty object"),
        pytest.param({"ok": True}, id="other object"),
        pytest.param({"_embedded": {"users": []}}, id="other collection"),
    ],
)
def test_a_list_of_another_shape_is_never_an_empty_one(
    pingone: PingOne, wire: responses.RequestsMock, answer: Any
) -> None:
    if answer is None:
        wire.add("GET", URL)
    else:
        wire.add("GET", URL, json=answer)
    with pytest.raises(ServiceError):
        pingone.list("/groups", "groups")


@pytest.mark.parametrize("answer", [b"", b"[]", b'"x"', b"null"])
def test_an_object_is_due(pingone: PingOne, wire: responses.RequestsMock, answer: bytes) -> None:
    wire.add("GET", f"{URL}/1", body=answer)
    with pytest.raises(ServiceError, match="answered /groups/1 without an object"):
        pingone.read("/groups/1")


# ---- errors, by their code

LACKS: Final = "lacks a role for this"
TOKEN: Final = "does not accept the access token"
INVALID: Final = {
    "code": "INVALID_DATA",
    "message": "invalid data was provided",
    "details": [
        {"code": "UNIQUENESS_VIOLATION", "target": "name", "message": "is taken"},
        {"code": "INVALID_VALUE", "message": "is odd"},
        "not an object",
    ],
}
TREE: Final = [
    (401, {"code": "ACCESS_FAILED", "details": [{"code": "INVALID_TOKEN"}]}, CredentialError, TOKEN),
    (403, {"code": "ACCESS_FAILED", "details": [{"code": "INVALID_TOKEN"}]}, CredentialError, TOKEN),
    (400, {"code": "ACCESS_FAILED", "details": [{"code": "INVALID_TOKEN"}]}, CredentialError, TOKEN),
    (403, {"code": "ACCESS_FAILED"}, MissingRoleError, LACKS),
    (404, {"code": "ACCESS_FAILED"}, MissingRoleError, LACKS),
    (403, {"code": "ACCESS_FAILED", "details": "odd"}, MissingRoleError, LACKS),
    (403, {"message": "Invalid key=value pair"}, ServiceError, "knows no such path"),
    (404, {"code": "NOT_FOUND", "message": "gone"}, NotFoundError, "does not find"),
    (400, {"code": "NOT_FOUND"}, NotFoundError, "does not find"),
    (429, {"code": "REQUEST_LIMITED"}, ServiceError, "rate limit"),
    (400, {"code": "REQUEST_LIMITED"}, ServiceError, "rate limit"),
    (400, INVALID, ServiceError, "refuses: invalid data was provided"),
    (409, {}, ServiceError, "refuses: 409"),
    (405, {"code": "INVALID_REQUEST", "message": "no such method"}, ServiceError, "refuses: no such method"),
    (500, {"code": "UNEXPECTED_ERROR", "message": "sorry"}, ServiceError, "refuses: sorry"),
    # A status may change within its class: the code counts.
    (403, INVALID, ServiceError, "refuses: invalid"),
    (403, {"code": "REQUEST_LIMITED"}, ServiceError, "rate limit"),
]


@pytest.mark.parametrize(("status", "body", "error", "headline"), TREE)
def test_an_error_is_told_by_its_code(
    pingone: PingOne, status: int, body: Any, error: type[PingconfError], headline: str
) -> None:
    with responses.RequestsMock() as wire:
        wire.add("GET", f"{URL}/1", status=status, json=body, headers={"Correlation-Id": "c-1"})
        with pytest.raises(error, match=headline) as caught:
            pingone.read("/groups/1")
    assert type(caught.value) is error
    assert any(detail.endswith("/groups/1, correlation id c-1") for detail in caught.value.details)
    if isinstance(caught.value, ServiceError):
        assert caught.value.status == status
    assert leaks(caught.value) == []


def test_every_detail_is_told(pingone: PingOne, wire: responses.RequestsMock) -> None:
    wire.add("GET", f"{URL}/1", status=400, json={**INVALID, "id": "c-2"})
    with pytest.raises(ServiceError) as caught:
        pingone.read("/groups/1")
    assert caught.value.details[:2] == ("name: is taken", "INVALID_VALUE: is odd")
    assert caught.value.details[2].endswith("correlation id c-2")


def test_the_rate_limit_says_when(pingone: PingOne, wire: responses.RequestsMock) -> None:
    limited = {"code": "REQUEST_LIMITED"}
    wire.add("GET", f"{URL}/1", status=429, json=limited, headers={"Retry-After": "90"})
    with pytest.raises(ServiceError, match=r"^PingOne's rate limit is used up$") as caught:
        pingone.read("/groups/1")
    assert caught.value.details[-1] == "Try again in 90 seconds."


# ---- deletions


GONE: Final = (404, {"code": "NOT_FOUND"})


@pytest.mark.parametrize(("answer", "there"), [((204, None), True), (GONE, False)])
def test_what_is_gone_is_deleted(
    pingone: PingOne, wire: responses.RequestsMock, answer: tuple[int, Any], there: bool
) -> None:
    status, body = answer
    wire.add("DELETE", f"{URL}/1", status=status, **({} if body is None else {"json": body}))
    assert pingone.delete("/groups/1") is there


@pytest.mark.parametrize(
    ("seen", "gone"), [(GONE, True), ((200, {"id": "1"}), False), ((403, {}), False), ((200, {}), False)]
)
@pytest.mark.parametrize(("status", "body"), [(200, b""), (200, b"{}"), (202, b"")])
def test_another_success_is_believed_after_a_look_only(
    pingone: PingOne,
    wire: responses.RequestsMock,
    status: int,
    body: bytes,
    seen: tuple[int, Any],
    gone: bool,
) -> None:
    wire.add("DELETE", f"{URL}/1?deprovision=true", status=status, body=body)
    wire.add("GET", f"{URL}/1", status=seen[0], json=seen[1])
    with nullcontext() if gone else pytest.raises(UnknownOutcomeError, match=f"{status}, and does not say"):
        assert pingone.delete("/groups/1?deprovision=true")


# ---- writes that are answered with a success, but not with what was written


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b'"1"'])
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_success_without_an_object_is_unknown(
    pingone: PingOne, wire: responses.RequestsMock, method: str, body: bytes
) -> None:
    wire.add(method, f"{URL}/1", status=200, body=body)
    with pytest.raises(UnknownOutcomeError, match="it answered 200 without an object"):
        (pingone.replace if method == "PUT" else pingone.add)("/groups/1", {"name": "x"})


def test_a_success_with_another_object_is_unknown(pingone: PingOne, wire: responses.RequestsMock) -> None:
    wire.add("PUT", f"{URL}/1", json={"id": "2", "name": "x"})
    with pytest.raises(UnknownOutcomeError, match="it answered with another object"):
        pingone.replace("/groups/1", {"name": "x"})


def test_an_object_may_come_back_without_its_id(pingone: PingOne, wire: responses.RequestsMock) -> None:
    wire.add("PUT", f"{URL}/1", json={"name": "x"})
    pingone.replace("/groups/1", {"name": "x"})
