"""Where the door does not go: no redirect, no other host, whatever a link or a path says."""

from __future__ import annotations

import re
import socket
from typing import Final

import pytest
import responses
from responses.registries import OrderedRegistry

from pingconf.clients.http import Session
from pingconf.model.errors import ServiceError, UnknownOutcomeError
from pingconf.model.values import Secret
from tests.canary import SCIM_TOKEN
from tests.clients import ORIGIN, RawServer, a_door, leaks, read_request

URL: Final = f"{ORIGIN}/thing"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_no_redirect_is_followed(session: Session, method: str, status: int) -> None:
    with responses.RequestsMock(registry=OrderedRegistry) as wire:
        wire.add(method, URL, status=status, headers={"Location": "https://elsewhere.example/thing?a=b"})
        with pytest.raises(ServiceError, match="redirects are not followed") as caught:
            a_door(session, token=SCIM_TOKEN).call(method, "/thing", {"token": Secret(SCIM_TOKEN)})
        assert any("https://elsewhere.example/thing" in detail for detail in caught.value.details)
        assert isinstance(caught.value, UnknownOutcomeError) is (method != "GET"), "it may lead to the result"
        assert len(wire.calls) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("home", [True, False], ids=["to the same host", "to another"])
def test_nobody_is_asked_where_a_redirect_leads(session: Session, status: int, home: bool) -> None:
    def redirect(connection: socket.socket) -> None:
        target = f"{(server if home else other).url}/elsewhere"
        lines = (f"HTTP/1.1 {status} Elsewhere", f"Location: {target}", "Content-Length: 0", "", "")
        connection.sendall("\r\n".join(lines).encode())
        read_request(connection)

    with RawServer(redirect) as server, RawServer(redirect) as other:
        with pytest.raises(ServiceError, match="redirects are not followed"):
            a_door(session, url=server.url, token=SCIM_TOKEN).call("PUT", "/thing", {})
        session.close()
    assert (len(server.requests), other.requests) == (1, [])


@pytest.mark.parametrize("target", ["https://elsewhere.example/in?token={}", "/in#{}", "https://{}.example/"])
def test_where_a_redirect_leads_is_told_without_its_secrets(
    session: Session, wire: responses.RequestsMock, target: str
) -> None:
    state = "state-of-a-sign-in-page" if "{}." not in target else SCIM_TOKEN
    wire.add("PUT", URL, status=302, headers={"Location": target.format(state)})
    with pytest.raises(ServiceError, match="redirects are not followed") as caught:
        a_door(session).call("PUT", "/thing", {"token": Secret(SCIM_TOKEN)})
    assert leaks(caught.value, "state-of-a-sign-in-page") == []


TARGETS: Final = [None, "", "https://[bad/thing", "https://elsewhere.example:port/", "\\\\x", "x" * 9999]


@pytest.mark.parametrize("target", TARGETS)
def test_a_redirect_to_an_address_that_is_none(
    session: Session, wire: responses.RequestsMock, target: str | None
) -> None:
    wire.add("GET", URL, status=302, headers={} if target is None else {"Location": target})
    with pytest.raises(ServiceError, match="redirects are not followed") as caught:
        a_door(session).call("GET", "/thing")
    assert max(map(len, caught.value.details)) < 300


FOREIGN: Final = [
    "https://evil.example/thing",
    "http://api.pingone.eu/thing",
    "https://api.pingone.eu:8443/thing",
    "https://api.pingone.eu@evil.example/thing",
    "https://api.pingone.eu:443@evil.example/thing",
    "https://api.pingone.eu.evil.example/thing",
    "https://xn--pingne-jua.example/thing",
    "https://[2001:db8::1]/thing",
    "https://[::ffff:127.0.0.1]/thing",
    # Names that look like ours, or are read as it: a Cyrillic o, a wide a, an ideographic dot, a dot behind.
    "https://api.ping\u043ene.eu/thing",
    "https://\uff41pi.pingone.eu/thing",
    "https://api\u3002pingone.eu/thing",
    "https://api.pingone.eu./thing",
    "https://api.pingone.eu\uff0fx.evil.example/thing",
    "https://api.pingone.eu%2f@evil.example/thing",
    "https://api.pingone.eu?@evil.example/thing",
    "https://api.pingone.eu#@evil.example/thing",
    "https://eve:secret@api.pingone.eu/thing",
    "https://@api.pingone.eu/thing",
    "https://api.pingone.eu:/thing",
    "https:/evil.example/thing",
    "https:evil.example/thing",
    "HTTPS://evil.example/thing",
    "\thttps://api.pingone.eu/thing",
    "file:///etc/passwd",
    "https:///thing",
    "ftp://api.pingone.eu/thing",
    " https://evil.example/thing",
    # Parsers disagree about a backslash: the host is before it, or behind it.
    "https://evil.example\\@api.pingone.eu/thing",
    "https://api.pingone.eu\\@evil.example/thing",
    "https://[bad/thing",
    "https://api.pingone.eu:port/",
    "https://api.pingone.eu:99999/",
]
PATHS: Final = [
    "//evil.example/thing",
    "///evil.example/thing",
    "\\\\evil.example/thing",
    "@evil.example/thing",
    ".evil.example/x",
    ":8443/x",
    "thing",
    "",
]


@pytest.mark.parametrize("link", [*FOREIGN, *PATHS])
def test_a_link_to_another_host_is_refused_before_a_byte_is_sent(session: Session, link: str) -> None:
    with responses.RequestsMock() as wire:
        with pytest.raises(ServiceError, match="sent a link to another host") as caught:
            a_door(session, token=SCIM_TOKEN).call("GET", link)
        assert len(wire.calls) == 0
    assert leaks(caught.value) == []


@pytest.mark.parametrize(
    "link", ["/\\evil.example/x", "/@evil.example/x", "/\t//evil.example/x", "/x\r\nHost: y"]
)
@pytest.mark.parametrize("base", [ORIGIN, f"{ORIGIN}/v1"])
def test_an_odd_path_stays_at_home(session: Session, base: str, link: str) -> None:
    """Whatever it is read as, the host is the same."""
    with responses.RequestsMock() as wire:
        wire.add("GET", re.compile(r"https://api\.pingone\.eu/.*"), json={"at": "home"})
        assert a_door(session, token=SCIM_TOKEN, url=base).call("GET", link).data == {"at": "home"}
        (only,) = wire.calls
    assert "\n" not in str(only.request.url)


def read_and_stop(connection: socket.socket) -> None:
    """Says nothing: whoever asks has done wrong already."""


@pytest.mark.parametrize("spelled", ["http://{}/thing", "http://localhost:{port}/thing", "//{}/thing"])
def test_another_port_of_the_same_host_gets_no_byte(session: Session, spelled: str) -> None:
    with RawServer(read_and_stop) as home, RawServer(read_and_stop) as other:
        link = spelled.format(other.address, port=other.address.partition(":")[2])
        with pytest.raises(ServiceError, match="sent a link to another host"):
            a_door(session, token=SCIM_TOKEN, url=home.url).call("GET", link)
    assert (home.requests, other.requests) == ([], [])


@pytest.mark.parametrize("port", ["", ":443"])
@pytest.mark.parametrize("written", ["", ":443"])
def test_a_link_within_the_origin_is_followed(session: Session, written: str, port: str) -> None:
    """Whether or not the default port is written."""
    with responses.RequestsMock() as wire:
        wire.add("GET", f"{ORIGIN}{port}/elsewhere?cursor=x", json={"at": "home"})
        door = a_door(session, url=f"{ORIGIN}{written}/v1/")
        assert door.call("GET", f"{ORIGIN}{port}/elsewhere?cursor=x").data == {"at": "home"}


def test_a_path_stands_below_the_base_url(session: Session, wire: responses.RequestsMock) -> None:
    wire.add("GET", f"{ORIGIN}/v1/thing", json={"at": "home"})
    assert a_door(session, url=f"{ORIGIN}/v1/").call("GET", "/thing").data == {"at": "home"}
