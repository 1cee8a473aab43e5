"""What may go wrong with one request: on the way, at the service, or with its answer."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import IncompleteRead, RemoteDisconnected
from ssl import SSLCertVerificationError
from typing import Any, Final

import pytest
import requests
import urllib3
from urllib3.exceptions import NameResolutionError, NewConnectionError, ProtocolError

from pingconf.clients.http import BODY_CAP
from pingconf.clients.http import open_session as open_http
from pingconf.operations import services, session
from pingconf.sandbox import SandboxAdapter, World

Serve = Callable[[], requests.Response]
Happening = Callable[[Serve, requests.PreparedRequest], requests.Response]
"""What becomes of a request; `serve` lets the service do it, and may be called never, once or twice."""


def raises(make: Callable[[], Exception], *, done: bool = False) -> Happening:
    """Nobody hears an answer, whether or not it was done."""

    def happen(serve: Serve, request: requests.PreparedRequest) -> requests.Response:
        if done:
            serve()
        raise make()

    return happen


def answers(
    status: int, body: bytes, headers: Mapping[str, str] | None = None, *, done: bool = False
) -> Happening:
    """Something else is answered, whether or not it was done."""

    def happen(serve: Serve, request: requests.PreparedRequest) -> requests.Response:
        if done:
            serve()
        return response(request, status, io.BytesIO(body), {"Content-Type": JSON, **(headers or {})})

    return happen


def response(
    request: requests.PreparedRequest, status: int, body: Any, headers: Mapping[str, str]
) -> requests.Response:
    answer: Any = requests.Response()
    answer.status_code, answer.url, answer.request = status, request.url, request
    answer.headers.update(headers)
    answer.raw = urllib3.HTTPResponse(
        body, headers=dict(headers), status=status, preload_content=False, request_method=request.method
    )
    kept: requests.Response = answer
    return kept


class Breaking(io.RawIOBase):
    """A body that ends in the middle."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        raise IncompleteRead(b"{", 100)


def breaks_off(serve: Serve, request: requests.PreparedRequest) -> requests.Response:
    serve()
    return response(request, 200, io.BufferedReader(Breaking()), {"Content-Type": JSON})


def cut_short(serve: Serve, request: requests.PreparedRequest) -> requests.Response:
    """Half of the JSON, as a proxy with a small buffer may leave it; of nothing, a brace."""
    answer = serve()
    text = answer.content
    return response(request, answer.status_code, io.BytesIO(text[: len(text) // 2] or b"{"), answer.headers)


def delivered_twice(serve: Serve, request: requests.PreparedRequest) -> requests.Response:
    """Some proxy sends it once more, and hands on the first answer."""
    answer = serve()
    serve()
    return answer


def lost() -> Exception:
    return requests.ConnectionError(ProtocolError("Connection aborted.", RemoteDisconnected("gone")))


def reset() -> Exception:
    return requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104, "reset")))


def refused() -> Exception:
    return requests.ConnectionError(NewConnectionError(_POOL, "Connection refused"))


def no_such_host() -> Exception:
    return requests.ConnectionError(NameResolutionError("host", _POOL, OSError("no such host")))  # type: ignore[arg-type]


def untrusted() -> Exception:
    return requests.exceptions.SSLError(urllib3.exceptions.SSLError(SSLCertVerificationError("self-signed")))


_POOL: Any = None
JSON: Final = "application/json"
PAGE: Final = b"<html><body><h1>Sign in</h1></body></html>"
HTML: Final = {"Content-Type": "text/html; charset=utf-8"}


def said(code: str) -> bytes:
    return f'{{"id": "c-1", "code": "{code}", "message": "An error occurred.", "statusCode": 0}}'.encode()


FAULTS: Final[Mapping[str, Happening]] = {
    # Nothing is sent
    "connection refused": raises(refused),
    "no such host": raises(no_such_host),
    "no connection in time": raises(requests.ConnectTimeout),
    "an untrusted certificate": raises(untrusted),
    # Nobody hears of it
    "reset before it was done": raises(reset),
    "answer lost after it was done": raises(lost, done=True),
    "no answer in time, not done": raises(requests.ReadTimeout),
    "no answer in time, done": raises(requests.ReadTimeout, done=True),
    "broken off in the body": breaks_off,
    # The service refuses, and has not done it
    "400": answers(400, said("INVALID_DATA")),
    "401": answers(401, said("ACCESS_FAILED")),
    "403, a role is missing": answers(403, said("ACCESS_FAILED")),
    "403 of the gateway": answers(403, b'{"message": "Invalid key=value pair"}'),
    "404 in odd words": answers(404, PAGE, HTML),
    "408": answers(408, b""),
    "409": answers(409, said("CONFLICT")),
    "429, wait a second": answers(429, said("REQUEST_LIMITED"), {"Retry-After": "1"}),
    "429, wait": answers(429, said("REQUEST_LIMITED")),
    "429, wait for thirty years": answers(429, said("REQUEST_LIMITED"), {"Retry-After": "1000000000"}),
    # The service fails
    "500 before": answers(500, said("UNEXPECTED_ERROR")),
    "500 after": answers(500, said("UNEXPECTED_ERROR"), done=True),
    "502 before, a page": answers(502, PAGE, HTML),
    "502 after, a page": answers(502, PAGE, HTML, done=True),
    "503 before": answers(503, b""),
    "503 after": answers(503, b"", done=True),
    "504 after": answers(504, PAGE, HTML, done=True),
    # The answer is not what it should be
    "a page in place of the answer, not done": answers(200, PAGE, HTML),
    "a page in place of the answer, done": answers(200, PAGE, HTML, done=True),
    "JSON cut short": cut_short,
    "an empty answer, not done": answers(200, b""),
    "an empty answer, done": answers(201, b"", done=True),
    "an object without anything": answers(200, b"{}", done=True),
    "a list": answers(200, b"[]", done=True),
    "a null": answers(200, b"null", done=True),
    "no JSON at all": answers(200, b"\x00\xff", done=True),
    "gzip that is none": answers(200, b"not gzip", {"Content-Encoding": "gzip"}, done=True),
    "a bomb": answers(200, gzip.compress(bytes(BODY_CAP + 1)), {"Content-Encoding": "gzip"}, done=True),
    "a redirect": answers(302, b"", {"Location": "https://elsewhere.example/"}),
    "a redirect, done": answers(307, b"", {"Location": "https://elsewhere.example/"}, done=True),
    # Done more than once
    "delivered twice": delivered_twice,
}


@dataclass
class Mishap:
    """What happens to the request of a number, counted from 0; all others go well."""

    number: int
    happening: Happening
    requests: int = 0
    struck: str = ""


class FaultyAdapter(SandboxAdapter):
    """The embedded services behind a line on which one thing goes wrong.

    After every request, no connection that is published may hold a token that is dead.
    """

    def __init__(self, world: World, mishap: Mishap) -> None:
        super().__init__(world)
        self._mishap = mishap

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        serve = super().send
        number, self._mishap.requests = self._mishap.requests, self._mishap.requests + 1
        try:
            if number != self._mishap.number:
                return serve(request, *args, **options)
            self._mishap.struck = f"{request.method} {request.path_url}"
            return self._mishap.happening(lambda: serve(request, *args, **options), request)
        finally:
            assert not self.world.published_on_revoked_token(), f"{request.method} {request.path_url}"


@contextmanager
def going_wrong(
    monkeypatch: pytest.MonkeyPatch, world: World, number: int, happening: Happening
) -> Iterator[Mishap]:
    """Every command in the block speaks to the services over such a line."""
    mishap = Mishap(number, happening)
    with monkeypatch.context() as patch:
        adapter = FaultyAdapter(world, mishap)
        patch.setattr(services, "open_http", lambda *_: open_http(adapter))
        patch.setattr(session, "AT_ONCE", 1)  # so that each request has its number
        yield mishap
