"""Makers for the tests of the clients: a door, a patience without sleep, a raw server, a search for leaks."""

from __future__ import annotations

import contextlib
import gc
import socket
import ssl
import struct
import threading
import types
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pingconf.clients.answer import Answer
from pingconf.clients.authority import Authority, Given
from pingconf.clients.door import Door
from pingconf.clients.http import Session, open_session
from pingconf.clients.retry import Patience
from pingconf.model.errors import PingconfError, ServiceError
from pingconf.model.values import Secret
from tests.canary import CANARIES

ORIGIN: Final = "https://api.pingone.eu"
NOW: Final = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Waits:
    """A patience that writes down how long it would have slept; only that moves its clock."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    @property
    def patience(self) -> Patience:
        return Patience(self.seconds.append, lambda: NOW, clock=lambda: sum(self.seconds))


class Renewable:
    """An authority with one token after the other; `renewed` counts how often a fresh one was asked for."""

    def __init__(self, *tokens: str, can_renew: bool = True) -> None:
        self._tokens = [Secret(token) for token in tokens]
        self._can_renew = can_renew
        self.renewed = 0

    def bearer(self) -> Secret | None:
        return self._tokens[min(self.renewed, len(self._tokens) - 1)]

    def renew(self, refused: Secret | None) -> bool:
        self.renewed += 1
        return self._can_renew


def refused(answer: Answer, what: str) -> PingconfError:
    """What an `explain` does, at its simplest."""
    return ServiceError(f"refused: {answer.fields.get('message')}", what, status=answer.status)


def a_door(
    session: Session,
    *,
    token: str | None = None,
    authority: Authority | None = None,
    waits: Waits | None = None,
    url: str = ORIGIN,
) -> Door:
    """A door that never sleeps; a token, where given, cannot be renewed."""
    given = Given(Secret(token)) if token is not None else authority
    return Door("Service", url, session, refused, authority=given, patience=(waits or Waits()).patience)


# ---- the search for leaks

_FOREIGN: Final = frozenset({"requests", "responses", "urllib3", "http", "ssl", "socket", "json"})
"""Packages whose objects hold requests, answers or documents."""
_WALLS: Final = (
    types.ModuleType,
    types.FunctionType,
    types.BuiltinFunctionType,
    types.FrameType,
    types.TracebackType,
    type,
    Secret,
)


def leaks(error: BaseException, *more: str) -> list[str]:
    """The ways by which a canary, or any other text, can be reached from an error: arguments, attributes,
    contexts, causes and whatever they hold; also an Answer, and whatever else holds a request, an answer or a
    document. What a traceback's frames hold does not count."""
    needles = [text.encode() for text in (*CANARIES, *more)]
    seen: set[int] = set()
    found: list[str] = []
    waiting: list[tuple[object, str]] = [(error, type(error).__name__)]
    while waiting:
        thing, way = waiting.pop()
        if id(thing) in seen or isinstance(thing, _WALLS):
            continue
        seen.add(id(thing))
        if isinstance(thing, Answer) or type(thing).__module__.partition(".")[0] in _FOREIGN:
            found.append(way)
        if isinstance(thing, (str, bytes, bytearray)):
            raw = thing.encode(errors="replace") if isinstance(thing, str) else bytes(thing)
            found += [way for needle in needles if needle in raw]
        else:
            parts = [*gc.get_referents(thing), *_hidden(thing)]
            waiting += [(part, f"{way} > {type(part).__name__}") for part in parts]
    return found


def _hidden(thing: object) -> list[object]:
    """What the collector does not show of an error."""
    if isinstance(thing, BaseException):
        return [thing.__context__, thing.__cause__, thing.args, str(thing), repr(thing)]
    return []


# ---- a raw server


LOOPBACK_PEM: Final = Path(__file__).with_name("loopback.pem")
"""Certificate and key of servers on 127.0.0.1; trusted where REQUESTS_CA_BUNDLE names it."""


def read_request(connection: socket.socket) -> bytes:
    """One request, head and body; as much of it as there is where the client goes before its end."""
    data, end = b"", None
    while end is None or len(data) < end:
        part = connection.recv(65536)
        if not part:
            break
        data += part
        if end is None and b"\r\n\r\n" in data:
            end = data.index(b"\r\n\r\n") + 4 + _length_of_body(data)
    return data


def _length_of_body(head: bytes) -> int:
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return int(lengths[0].partition(b":")[2]) if lengths else 0


def read_nothing(connection: socket.socket) -> bytes:
    """For a server that acts before it is asked, or reads in its own way."""
    return b""


def encrypted(connection: socket.socket) -> ssl.SSLSocket:
    """The server's end of TLS over this connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(LOOPBACK_PEM)
    return context.wrap_socket(connection, server_side=True)


class RawServer:
    """A server on loopback that plays each connection by hand. `requests` holds the first that each was sent,
    `played` counts those that were played to the end."""

    def __init__(
        self,
        play: Callable[[socket.socket], None],
        *,
        tls: bool = False,
        read: Callable[[socket.socket], bytes] = read_request,
    ) -> None:
        self._play = play
        self._tls = tls
        self._read = read
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.requests: list[bytes] = []
        self.played = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.address}"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):  # the client may have gone
                connection.settimeout(5)
                with encrypted(connection) if self._tls else connection as line:
                    self.requests.append(self._read(line))
                    self._play(line)
                    self.played += 1

    def __enter__(self) -> RawServer:
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        with contextlib.suppress(OSError):  # wakes up the thread where it still listens
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)


def reset(connection: socket.socket) -> None:
    """Break the connection the hard way."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def unused_port() -> int:
    """A port on loopback where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def plain_session() -> Iterator[Session]:
    """The session of all doors, closed again."""
    with open_session() as session:
        yield session
