"""The line itself, played by hand on loopback: resets, slow and oversized answers, nobody there."""

from __future__ import annotations

import gzip
import socket
import ssl
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any, Final

import pytest
import requests
import responses
import urllib3

from pingconf.clients import http
from pingconf.clients.http import Session
from pingconf.clients.retry import ATTEMPTS
from pingconf.model.errors import ServiceError, UnknownOutcomeError
from pingconf.model.values import Secret
from tests.canary import PINGONE_ACCESS_TOKEN, SCIM_TOKEN
from tests.clients import ORIGIN, RawServer, Waits, a_door, leaks, reset, unused_port

BODY: Final = {"OAUTH_ACCESS_TOKEN": Secret(SCIM_TOKEN)}


def call(session: Session, server: RawServer, method: str, waits: Waits | None = None) -> Any:
    door = a_door(session, url=server.url, token=PINGONE_ACCESS_TOKEN, waits=waits)
    return door.call(method, "/thing", None if method == "GET" else BODY).data


def head(length: int, *lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {length}", *lines, "", ""]).encode()


def play(
    *parts: bytes, then: Callable[[socket.socket], None] | None = None
) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
        if then:
            then(connection)

    return answer


# ---- a line that breaks

CHUNKED: Final = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BREAKS: Final = {
    "before an answer": play(then=reset),
    "closed without an answer": play(),
    "within the headers": play(b"HTTP/1.1 200 OK\r\nConte", then=reset),
    "within the body": play(head(100) + b'{"id": "', then=reset),
    "body shorter than said": play(head(100) + b'{"id": "1"}'),
    "not HTTP at all": play(b"\x00\x01SSH-2.0\r\n\r\n"),
    "status that is none": play(b"HTTP/1.1 OK 200\r\n\r\n"),
    "headers without an end": play(b"HTTP/1.1 200 OK\r\n" + b"X-More: x\r\n" * 1000, then=reset),
    "header without an end": play(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100_000, then=reset),
    "two lengths": play(b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\n{}"),
    "a chunk that is none": play(CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n"),
    "chunks without an end": play(CHUNKED + b"2\r\n{}\r\n"),
    "not packed as said": play(head(2, "Content-Encoding: gzip", "Connection: close") + b"{}"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_post_on_a_broken_line_is_unknown_and_sent_once(session: Session, name: str) -> None:
    with RawServer(BREAKS[name]) as server:
        with pytest.raises(UnknownOutcomeError, match="Nobody knows whether Service did what was asked"):
            call(session, server, "POST")
        assert len(server.requests) == 1
    assert SCIM_TOKEN.encode() in server.requests[0]


@pytest.mark.parametrize("name", BREAKS)
def test_a_read_on_a_broken_line_is_tried_again(session: Session, waits: Waits, name: str) -> None:
    with RawServer(BREAKS[name]) as server:
        with pytest.raises(ServiceError, match=r"cannot be reached at 127\.0\.0\.1"):
            call(session, server, "GET", waits)
        assert len(server.requests) == ATTEMPTS
    assert len(waits.seconds) == ATTEMPTS - 1


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
@pytest.mark.parametrize("name", BREAKS)
def test_the_error_of_a_broken_line_holds_nothing_of_it(session: Session, method: str, name: str) -> None:
    with RawServer(BREAKS[name]) as server, pytest.raises(ServiceError) as caught:
        call(session, server, method)
    assert leaks(caught.value) == []


def test_nobody_there(session: Session, waits: Waits) -> None:
    door = a_door(session, url=f"http://127.0.0.1:{unused_port()}", waits=waits)
    with pytest.raises(
        ServiceError, match=r"cannot be reached at 127\.0\.0\.1: no connection could be made"
    ) as caught:
        door.call("POST", "/thing", BODY)
    assert type(caught.value) is ServiceError
    assert len(waits.seconds) == ATTEMPTS - 1


def tls(inner: Exception) -> Exception:
    """As requests tells it: the error of the ssl module, within urllib3's, within its own."""
    pool = urllib3.HTTPSConnectionPool("api.pingone.eu")
    reason = urllib3.exceptions.SSLError(inner)
    return requests.exceptions.SSLError(urllib3.exceptions.MaxRetryError(pool, "/thing", reason))


def no_tls(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


WAYS: Final = {
    "the service speaks no TLS": ("https", None, no_tls),
    "the proxy lets nobody through": ("https", "http", play(b"HTTP/1.1 407 Authenticate\r\n\r\n")),
    "the proxy answers nothing": ("https", "http", reset),
    "the proxy's address is none": ("http", "http://", no_tls),
}


@pytest.mark.parametrize("name", WAYS)
def test_where_the_way_is_not_open_nothing_was_sent(
    session: Session, waits: Waits, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So even a POST is tried again, and its outcome is known."""
    scheme, proxy, answer = WAYS[name]
    with RawServer(answer, read=lambda connection: connection.recv(1)) as server:
        if proxy is not None:
            url = proxy if proxy.endswith("/") else f"{proxy}://{server.address}"
            monkeypatch.setenv(f"{scheme.upper()}_PROXY", url)
        host = "127.0.0.1:9" if proxy else server.address
        door = a_door(session, url=f"{scheme}://{host}", token=PINGONE_ACCESS_TOKEN, waits=waits)
        with pytest.raises(ServiceError, match="no connection could be made") as caught:
            door.call("POST", "/thing", BODY)
    assert not isinstance(caught.value, UnknownOutcomeError)
    assert len(waits.seconds) == ATTEMPTS - 1
    assert leaks(caught.value) == []


def test_a_certificate_that_cannot_be_verified(session: Session, wire: responses.RequestsMock) -> None:
    bad = ssl.SSLCertVerificationError(1, "certificate verify failed: self-signed certificate")
    wire.add("POST", f"{ORIGIN}/thing", body=tls(bad))
    with pytest.raises(ServiceError, match="its TLS certificate cannot be verified") as caught:
        a_door(session).call("POST", "/thing", BODY)
    assert type(caught.value) is ServiceError


def test_an_encrypted_line_that_breaks_after_the_request(
    session: Session, wire: responses.RequestsMock
) -> None:
    wire.add("POST", f"{ORIGIN}/thing", body=tls(ssl.SSLEOFError(8, "EOF occurred in violation of protocol")))
    with pytest.raises(UnknownOutcomeError):
        a_door(session).call("POST", "/thing", BODY)


# ---- answers that are too much


def test_an_answer_just_within_the_cap(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    text = b'"' + b"x" * 98 + b'"'
    monkeypatch.setattr(http, "BODY_CAP", len(text))
    with RawServer(play(head(len(text)) + text)) as server:
        assert call(session, server, "GET") == "x" * 98


BOMB: Final = b'"' + b"x" * 2_000_000 + b'"'
PACKED: Final = {
    "": BOMB,
    "gzip": gzip.compress(BOMB),
    "deflate": zlib.compress(BOMB),
    "gzip, gzip": gzip.compress(gzip.compress(BOMB)),
}


@pytest.mark.parametrize("encoding", PACKED)
def test_an_oversized_answer_is_cut_off(
    session: Session, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    """The cap counts what is unpacked: two megabytes of nothing are two kilobytes on the line."""
    monkeypatch.setattr(http, "BODY_CAP", 100_000)
    body = PACKED[encoding]
    lines = [f"Content-Encoding: {encoding}"] if encoding else []
    with RawServer(play(head(len(body), *lines) + body)) as server, pytest.raises(UnknownOutcomeError):
        call(session, server, "POST")


def test_a_bomb_is_not_unpacked_beyond_the_cap(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "BODY_CAP", 100_000)
    body = gzip.compress(bytes(30_000_000))
    with RawServer(play(head(len(body), "Content-Encoding: gzip") + body)) as server:
        tracemalloc.start()
        try:
            with pytest.raises(UnknownOutcomeError):
                call(session, server, "POST")
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < 5_000_000


@pytest.mark.parametrize(
    ("start", "part"),
    [
        pytest.param(CHUNKED, b"186a0\r\n" + bytes(100_000) + b"\r\n", id="chunks"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n", bytes(100_000), id="no length"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 60_000 + b"\r\n", id="headers"),
        # The session of requests would read all of it, looking for where it leads.
        pytest.param(
            b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example\r\n\r\n",
            bytes(100_000),
            id="redirect",
        ),
    ],
)
def test_an_answer_without_an_end_is_cut_off(
    session: Session, monkeypatch: pytest.MonkeyPatch, start: bytes, part: bytes
) -> None:
    monkeypatch.setattr(http, "BODY_CAP", 1000)

    def pour(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(1000):
            connection.sendall(part)

    with RawServer(pour) as server, pytest.raises(ServiceError):
        call(session, server, "POST")
    assert server.played == 0, "it went before all was poured"


def test_the_real_cap_is_ten_megabytes() -> None:
    assert http.BODY_CAP == 10 * 1024 * 1024
