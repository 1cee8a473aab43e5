"""The line to a service: everything sent and received on it meets one deadline, however slowly it drips.

A time-out of a socket begins anew with each byte. So each step on the line, a part sent or a read, first
lowers the socket's time-out to what is left of the deadline. urllib3 sets the usual one again before each
request, so a connection that is kept is none the worse.
"""

from __future__ import annotations

import http.client
import io
import math
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum, auto
from typing import Any, Final

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection

PART: Final = 16 * 1024
"""Bytes sent in one step: as many as one record of TLS holds, since each has a time-out of its own."""

_written: ContextVar[bool | None] = ContextVar("whether anything of this request is on its way", default=None)
_end: ContextVar[float] = ContextVar("end of the request that this thread is at", default=math.inf)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """What this thread does on lines meanwhile ends after so many seconds in all, or raises TimeoutError.

    Only the way to a new connection may take longer: a name is looked up for as long as the system likes, and
    each address that it has is tried for the whole time-out.
    """
    before = _end.set(time.monotonic() + seconds)
    _written.set(None)
    try:
        yield
    finally:
        _end.reset(before)


def allowed(usual: float | None = None) -> float | None:
    """Seconds that the next step may take: as many as usual, or as are left; None where nothing limits it.

    Raises TimeoutError where none are left.
    """
    left = _end.get() - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    seconds = left if usual is None else min(left, usual)
    return seconds if seconds < math.inf else None


def is_on_its_way() -> bool | None:
    """Whether any byte of the latest request of this thread was put on its line, once that was open: also to
    a proxy, and through TLS. None where it went by no line of ours."""
    return _written.get()


class _Reader(io.RawIOBase):
    """Reads from a socket, each time for no longer than is left."""

    def __init__(self, inner: io.RawIOBase, sock: socket.socket) -> None:
        self._inner = inner
        self._sock = sock
        self._usual = sock.gettimeout()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        self._sock.settimeout(allowed(self._usual))
        return self._inner.readinto(buffer)

    def close(self) -> None:
        self._inner.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """The answer of a service or of a proxy; its headers and its body come through a `_Reader`."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Reader(self.fp.detach(), sock))


class _Connection(HTTPConnection):
    """Connects, sends and is answered within the deadline."""

    response_class = _Response

    def connect(self) -> None:
        self.timeout = allowed(self.timeout)
        try:
            super().connect()
        finally:
            _written.set(False)  # what was sent until now only asked a proxy for the way

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        _written.set(True)
        for start in range(0, len(data), PART):
            self.sock.settimeout(allowed(self.timeout))
            super().send(data[start : start + PART])


class _SafeConnection(_Connection, HTTPSConnection):
    """The same over TLS."""


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SafePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SafeConnection


_POOLS: Final = {"http": _Pool, "https": _SafePool}


class Lines(HTTPAdapter):
    """Opens lines that meet the deadline, also through a proxy, but for one that speaks SOCKS."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        if isinstance(manager, urllib3.ProxyManager):
            manager.pool_classes_by_scheme = _POOLS
        return manager


NEVER_SENT: Final = (
    requests.ConnectTimeout,
    requests.exceptions.InvalidURL,  # also of a proxy
    requests.exceptions.InvalidSchema,
    urllib3.exceptions.NewConnectionError,
)


class Trouble(Enum):
    """How far a request came that got no answer."""

    NOT_SENT = auto()
    NO_SUCH_HOST = auto()
    CERTIFICATE = auto()
    LOST = auto()


def trouble_of(failure: Exception) -> Trouble:
    """Read an exception of the libraries, which holds the request and must not travel on."""
    waiting: list[BaseException] = [failure]
    by_proxy = isinstance(failure, requests.exceptions.ProxyError)  # then the name is that of the proxy
    while waiting:
        one = waiting.pop()
        if isinstance(one, ssl.SSLCertVerificationError):
            return Trouble.CERTIFICATE
        if isinstance(one, urllib3.exceptions.NameResolutionError) and not by_proxy:
            return Trouble.NO_SUCH_HOST
        if isinstance(one, NEVER_SENT):
            return Trouble.NOT_SENT
        inner = (*one.args, getattr(one, "reason", None))
        waiting += [each for each in inner if isinstance(each, BaseException)]
    return Trouble.NOT_SENT if is_on_its_way() is False else Trouble.LOST
