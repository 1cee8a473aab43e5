"""One deadline for all of a request: however slowly it is sent, answered, or led through a proxy."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable
from typing import Any, Final

import pytest
from requests.adapters import HTTPAdapter

from pingconf.clients import http
from pingconf.clients.http import CONNECT_SECONDS, DEADLINE_SECONDS, READ_SECONDS, Session
from pingconf.clients.line import allowed, deadline
from pingconf.model.errors import ServiceError, UnknownOutcomeError
from tests.clients import LOOPBACK_PEM, RawServer, a_door, encrypted, leaks, read_nothing, read_request
from tests.clients.test_line import CHUNKED, call, head

SOON: Final = 0.15
"""Seconds that a request may take in these tests."""
DROPS: Final = 500
"""In ten seconds the last has fallen: where no deadline holds, the answer is a good one."""


@pytest.fixture
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "DEADLINE_SECONDS", SOON)


@pytest.fixture(autouse=True)
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(LOOPBACK_PEM))


Drip = tuple[bytes, bytes, bytes]
"""How an answer begins, the drop that then falls again and again, and how it ends."""


def drip(answer: Drip, drops: int = DROPS, every: float = 0.02) -> Callable[[socket.socket], None]:
    def play(connection: socket.socket) -> None:
        start, drop, end = answer
        connection.sendall(start)
        for _ in range(drops):
            connection.sendall(drop)
            time.sleep(every)
        connection.sendall(end)

    return play


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def in_chunks(*lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", *lines, "", ""]).encode()


packer = zlib.compressobj(wbits=31)
PACKED: Final = (
    in_chunks("Content-Encoding: gzip") + chunk(packer.compress(b"{}") + packer.flush(zlib.Z_SYNC_FLUSH)),
    chunk(b"\x00\x00\x00\xff\xff"),  # a block of nothing: there is much on the line, and nothing to hand on
    chunk(packer.flush()) + b"0\r\n\r\n",
)
REST: Final = b"\r\n" + head(2).partition(b"\r\n")[2] + b"{}"
DRIPS: Final[dict[str, Drip]] = {
    "interim answers": (b"", b"HTTP/1.1 100 Continue\r\n\r\n", head(2) + b"{}"),
    "status line": (b"HTTP/1.1 200 ", b"x", REST),
    "header": (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", REST),
    "body": (b"HTTP/1.1 200 OK\r\n\r\n{", b" ", b"}"),
    "chunks": (CHUNKED + chunk(b"{"), chunk(b" "), chunk(b"}") + b"0\r\n\r\n"),
    "size of a chunk": (CHUNKED + b"2;", b"x", b"\r\n{}\r\n0\r\n\r\n"),
    "trailer": (CHUNKED + chunk(b"{}") + b"0\r\nX-Slow: ", b"x", b"\r\n\r\n"),
    "packed": PACKED,
}
TLS: Final = {"http": False, "https": True}


@pytest.mark.parametrize("tls", TLS.values(), ids=TLS)
@pytest.mark.parametrize("name", DRIPS)
def test_a_drip_that_ends_is_an_answer(session: Session, name: str, tls: bool) -> None:
    with RawServer(drip(DRIPS[name], drops=3, every=0), tls=tls) as server:
        assert call(session, server, "POST") == {}


@pytest.mark.parametrize(
    ("name", "tls"), [*((name, False) for name in DRIPS), ("header", True), ("body", True), ("packed", True)]
)
@pytest.mark.usefixtures("in_a_hurry")
def test_a_drip_meets_the_deadline(session: Session, name: str, tls: bool) -> None:
    with RawServer(drip(DRIPS[name]), tls=tls) as server, pytest.raises(UnknownOutcomeError) as caught:
        call(session, server, "POST")
    assert server.played == 0
    assert leaks(caught.value) == []


@pytest.mark.parametrize("tls", TLS.values(), ids=TLS)
@pytest.mark.usefixtures("in_a_hurry")
def test_a_service_that_sips_at_the_request_meets_the_deadline(session: Session, tls: bool) -> None:
    """Each part of it is taken soon enough, the whole never: the rest does not follow."""
    size = 16_000_000
    taken: list[int] = []
    gone = threading.Event()

    def sip(connection: socket.socket) -> None:
        connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024
        )  # or it is given by the megabyte
        while sum(taken) < size and not gone.wait(0.001):
            taken.append(len(connection.recv(16 * 1024)))

    with RawServer(sip, tls=tls, read=read_nothing) as server:
        with pytest.raises(UnknownOutcomeError):
            a_door(session, url=server.url).call("POST", "/thing", {"text": "x" * size})
        gone.set()
    assert sum(taken) < size / 2


@pytest.mark.usefixtures("in_a_hurry")
def test_a_handshake_that_drips_meets_the_deadline(session: Session) -> None:
    hello = (b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb", b"\x03", b"")
    with RawServer(drip(hello, drops=100), read=read_nothing) as server, pytest.raises(ServiceError):
        a_door(session, url=f"https://{server.address}").call("POST", "/thing", {})
    assert server.played == 0


@pytest.mark.usefixtures("in_a_hurry")
def test_a_line_that_is_not_ours_is_looked_at_between_the_parts_of_a_body(session: Session) -> None:
    """Such as the one that requests opens through a proxy that speaks SOCKS."""
    session.mount("http://", HTTPAdapter())
    with RawServer(drip(DRIPS["body"])) as server, pytest.raises(UnknownOutcomeError):
        call(session, server, "POST")
    assert server.played == 0


# ---- through a proxy


def tunnel(then: Callable[[socket.socket], None]) -> Callable[[socket.socket], None]:
    """A proxy that opens the way at once, and plays the service behind it too."""

    def play(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        with encrypted(connection) as line:
            read_request(line)
            then(line)

    return play


def through(session: Session, proxy: RawServer, url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv(f"{url.partition(':')[0].upper()}_PROXY", proxy.url)
    return a_door(session, url=url).call("POST", "/thing", {}).data


def test_an_answer_comes_through_a_tunnel(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(tunnel(drip(PACKED, drops=3, every=0))) as proxy:
        assert through(session, proxy, "https://127.0.0.1:9", monkeypatch) == {}
    assert proxy.requests[0].startswith(b"CONNECT 127.0.0.1:9 HTTP/1.")


def test_an_answer_comes_through_a_proxy_in_clear(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(drip(PACKED, drops=3, every=0)) as proxy:
        assert through(session, proxy, "http://service.example", monkeypatch) == {}
    assert proxy.requests[0].startswith(b"POST http://service.example/thing HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("url", "play"),
    [
        pytest.param("https://127.0.0.1:9", drip(DRIPS["status line"]), id="status line of the proxy"),
        pytest.param("https://127.0.0.1:9", drip(DRIPS["header"]), id="header of the proxy"),
        pytest.param("https://127.0.0.1:9", tunnel(drip(DRIPS["header"])), id="header behind it"),
        pytest.param("https://127.0.0.1:9", tunnel(drip(DRIPS["body"])), id="body behind it"),
        pytest.param("http://service.example", drip(DRIPS["header"]), id="header in clear"),
    ],
)
@pytest.mark.usefixtures("in_a_hurry")
def test_a_drip_through_a_proxy_meets_the_deadline(
    session: Session, monkeypatch: pytest.MonkeyPatch, url: str, play: Callable[[socket.socket], None]
) -> None:
    with RawServer(play) as proxy, pytest.raises(ServiceError):
        through(session, proxy, url, monkeypatch)
    assert proxy.played == 0


# ---- what is left


class Clock:
    """In place of the module `time`; goes on by `tick` seconds whenever it is looked at."""

    now = 1000.0
    tick = 0.0

    def monotonic(self) -> float:
        self.now += self.tick
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("pingconf.clients.line.time", clock)
    return clock


@pytest.fixture
def timeouts(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """Every time-out that the client gives a socket."""
    seen: list[float | None] = []
    give, client = socket.socket.settimeout, threading.get_ident()

    def note(sock: socket.socket, seconds: float | None) -> None:
        if threading.get_ident() == client:
            seen.append(seconds)
        give(sock, seconds)

    monkeypatch.setattr(socket.socket, "settimeout", note)
    return seen


def test_a_kept_connection_gets_its_usual_time_outs_back(
    session: Session, clock: Clock, timeouts: list[float | None]
) -> None:
    """The body is more than a buffer holds, so that it is read in several steps after the headers."""
    body = gzip.compress(b"{}").ljust(100_000, b"\0")

    def play(connection: socket.socket) -> None:
        for seconds in (40, 0):
            clock.now += seconds
            connection.sendall(head(len(body), "Content-Encoding: gzip") + body)
            read_request(connection)

    with RawServer(play) as server:
        assert call(session, server, "POST") == {}
        assert timeouts[-1] == DEADLINE_SECONDS - 40
        timeouts.clear()
        assert call(session, server, "POST") == {}
        assert set(timeouts) == {CONNECT_SECONDS, READ_SECONDS}
        assert len(server.requests) == 1, "on the same connection"
        session.close()


@pytest.mark.parametrize("tls", TLS.values(), ids=TLS)
@pytest.mark.parametrize(("parts", "enough"), [(3, True), (100, False)])
def test_each_part_of_a_request_is_a_step(
    session: Session, clock: Clock, tls: bool, parts: int, enough: bool
) -> None:
    """TLS begins its time-out anew with each record: one step for all could last for ever."""
    clock.tick = 1
    with RawServer(drip(DRIPS["header"], drops=3, every=0), tls=tls) as server:
        door = a_door(session, url=server.url)
        outcome = contextlib.nullcontext() if enough else pytest.raises(UnknownOutcomeError)
        with outcome:
            assert door.call("POST", "/thing", {"text": "x" * parts * 16 * 1024}).data == {}


@pytest.mark.parametrize(
    ("passed", "usual", "seconds"),
    [(0, 30, 30), (35, 30, 25), (35, None, 25), (59.5, 10, 0.5), (0, None, 60)],
)
def test_a_step_may_take_what_is_left(
    clock: Clock, passed: float, usual: float | None, seconds: float
) -> None:
    with deadline(60):
        clock.now += passed
        assert allowed(usual) == seconds


@pytest.mark.parametrize("passed", [60, 61, 1e9])
def test_no_step_begins_after_the_deadline(clock: Clock, passed: float) -> None:
    with deadline(60):
        clock.now += passed
        with pytest.raises(TimeoutError, match="the deadline has passed"):
            allowed(30)


def test_a_deadline_is_over_with_its_request_and_no_affair_of_other_threads() -> None:
    other: list[float | None] = []
    with deadline(0):
        thread = threading.Thread(target=lambda: other.append(allowed(30)))
        thread.start()
        thread.join()
    assert (other, allowed(30), allowed()) == ([30], 30, None)
