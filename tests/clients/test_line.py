"""The line itself, played by hand on loopback: resets, slow and oversized answers, nobody there."""

from __future__ import annotations

import gzip
import socket
import ssl
import time
from collections.abc import Callable, Iterator
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

SOON: Final = 0.2
"""Seconds a request may take in these tests."""
BODY: Final = {"OAUTH_ACCESS_TOKEN": Secret(SCIM_TOKEN)}


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "DEADLINE_SECONDS", SOON)


def call(session: Session, server: RawServer, method: str, waits: Waits | None = None) -> Any:
    door = a_door(session, url=server.url, token=PINGONE_ACCESS_TOKEN, waits=waits)
    return door.call(method, "/thing", None if method == "GET" else BODY)


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


def trickle(parts: Iterator[bytes], every: float = 0.02) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
            time.sleep(every)

    return answer


# ---- a line that breaks

BREAKS: Final = {
    "before an answer": play(then=reset),
    "closed without an answer": play(),
    "within the headers": play(b"HTTP/1.1 200 OK\r\nConte", then=reset),
    "within the body": play(head(100) + b'{"id": "', then=reset),
    "body shorter than said": play(head(100) + b'{"id": "1"}'),
    "not HTTP at all": play(b"\x00\x01SSH-2.0\r\n\r\n"),
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
def test_the_error_of_a_broken_line_holds_no_token(session: Session, method: str) -> None:
    with RawServer(BREAKS["before an answer"]) as server, pytest.raises(ServiceError) as caught:
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


@pytest.mark.parametrize("zipped", [False, True])
def test_an_endless_answer_is_cut_off(
    session: Session, monkeypatch: pytest.MonkeyPatch, zipped: bool
) -> None:
    """The cap counts what is unpacked: two megabytes of nothing are two kilobytes on the line."""
    monkeypatch.setattr(http, "BODY_CAP", 100_000)
    body = gzip.compress(bytes(2_000_000)) if zipped else bytes(2_000_000)
    lines = ["Content-Encoding: gzip"] if zipped else []
    with RawServer(play(head(len(body), *lines) + body)) as server, pytest.raises(UnknownOutcomeError):
        call(session, server, "POST")


def test_the_real_cap_is_ten_megabytes() -> None:
    assert http.BODY_CAP == 10 * 1024 * 1024


def chunks(number: int) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    yield from [b"1\r\n \r\n"] * number


def drops(number: int) -> Iterator[bytes]:
    yield head(number)
    yield from [b" "] * number


def slow_headers(number: int) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nX-Slow: "
    yield from [b"x"] * number
    yield b"\r\nContent-Length: 0\r\n\r\n"


TOTAL: Final = "the deadline is looked at while the body is read, not while the headers are"


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(chunks, id="chunked"),
        pytest.param(drops, id="drop by drop"),
        pytest.param(slow_headers, id="headers", marks=pytest.mark.xfail(strict=True, reason=TOTAL)),
    ],
)
def test_a_slow_answer_meets_the_deadline(session: Session, parts: Callable[[int], Iterator[bytes]]) -> None:
    began = time.monotonic()
    with RawServer(trickle(parts(40))) as server:
        with pytest.raises(UnknownOutcomeError):
            call(session, server, "POST")
        assert time.monotonic() - began < 2 * SOON


def test_an_endless_redirect_is_cut_off(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session of requests would read all of it, looking for where it leads."""
    monkeypatch.setattr(http, "BODY_CAP", 1000)
    lines = ("HTTP/1.1 302 Found", "Location: https://elsewhere.example", "Content-Length: 40000000", "", "")
    poured: list[int] = []

    def pour(connection: socket.socket) -> None:
        connection.sendall("\r\n".join(lines).encode())
        for _ in range(40):
            connection.sendall(bytes(1_000_000))
            poured.append(1_000_000)

    with RawServer(pour) as server, pytest.raises(ServiceError):
        call(session, server, "POST")
    assert sum(poured) < 40_000_000
