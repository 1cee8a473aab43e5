"""Eight threads at one session: how many tokens they ask for, how many connections they open."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from pingconf.clients.authority import Shared
from pingconf.clients.door import Door
from pingconf.clients.http import Session, open_session
from pingconf.clients.infisical_login import Login
from pingconf.clients.pingone_worker import WorkerToken
from pingconf.clients.retry import Patience
from pingconf.model.errors import CredentialError, PingconfError
from pingconf.model.settings import InfisicalSettings, PingOneSettings
from pingconf.model.values import Secret
from tests.canary import INFISICAL_PASSWORD, PINGONE_CLIENT_SECRET
from tests.clients import leaks, read_request, refused
from tests.clients.limited import LimitedService

THREADS: Final = 8


def all_at_once(act: Callable[[], Any]) -> list[Any]:
    """What eight threads get that begin together; an error in place of what it would have been."""
    barrier = threading.Barrier(THREADS)

    def one(_: int) -> Any:
        barrier.wait(10)
        try:
            return act()
        except PingconfError as failure:
            return failure

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


# ---- tokens


@dataclass
class Issuer:
    """Gives a new token each time, once `slowly` lets it; or refuses."""

    refuses: bool = False
    given: list[Secret] = field(default_factory=list)
    asked: int = 0
    slowly: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> Secret:
        self.asked += 1
        self.slowly.wait(0.3)  # the others come meanwhile
        if self.refuses:
            raise CredentialError("wrong password", "try another")
        self.given.append(Secret(f"token number {self.asked}"))
        return self.given[-1]


def test_a_token_that_all_miss_is_asked_for_once() -> None:
    issuer = Issuer()
    shared = Shared(issuer)
    got = all_at_once(lambda: shared.get(lambda _: True))
    assert issuer.asked == 1
    assert all(token is issuer.given[0] for token in got)


def test_a_token_that_all_see_refused_is_renewed_once() -> None:
    issuer, old = Issuer(), Secret("the one that was refused")
    shared = Shared(issuer, old)

    def renew() -> Secret:
        shared.forget(old)
        return shared.get(lambda _: True)

    got = all_at_once(renew)
    assert issuer.asked == 1
    assert all(token is issuer.given[0] for token in got)


def test_a_token_that_is_no_longer_good_is_renewed_once() -> None:
    issuer, old = Issuer(), Secret("the one that ends")
    shared = Shared(issuer, old)
    got = all_at_once(lambda: shared.get(lambda token: token is not old))
    assert (issuer.asked, len(set(map(id, got)))) == (1, 1)


def test_a_wrong_password_is_tried_once_and_everybody_is_told() -> None:
    issuer = Issuer(refuses=True)
    shared = Shared(issuer)
    got = all_at_once(lambda: shared.get(lambda _: True))
    assert issuer.asked == 1
    assert [(type(one), one.headline, one.details) for one in got] == [
        (CredentialError, "wrong password", ("try another",))
    ] * THREADS
    assert len(set(map(id, got))) == THREADS, "each may add to its own"


def test_who_comes_after_a_failure_asks_anew() -> None:
    issuer = Issuer(refuses=True)
    shared = Shared(issuer)
    with pytest.raises(CredentialError):
        shared.get(lambda _: True)
    issuer.refuses = False
    assert shared.get(lambda _: True) is issuer.given[0]


# ---- both services' own tokens, over the wire


class TokenServer:
    """Answers each POST with a new token, slowly; each GET with 401 while it bears the first of them."""

    def __init__(self, field: str, *, refuses: bool = False) -> None:
        self._field = field
        self._refuses = refuses
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.posts: list[str] = []
        self.gets = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            while request := read_request(connection):
                status, body = self._answer(request)
                head = f"HTTP/1.1 {status} x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
                connection.sendall(f"{head}\r\n\r\n{body}".encode())

    def _answer(self, request: bytes) -> tuple[int, str]:
        with self._lock:
            if request.startswith(b"POST"):
                self.posts.append(request.split(b" ")[1].decode())
                number = len(self.posts)
            else:
                self.gets += 1
                return (401 if b"token-1" in request else 200), "{}"
        threading.Event().wait(0.2)
        if self._refuses:
            return 401, '{"error": "invalid_client", "message": "no"}'
        return 200, f'{{"{self._field}": "token-{number}"}}'

    def __enter__(self) -> TokenServer:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()


@pytest.fixture
def wide() -> Iterator[Session]:
    with open_session(at_once=THREADS) as session:
        yield session


def patience() -> Patience:
    return Patience(lambda seconds: None)


def worker(server: TokenServer, session: Session) -> WorkerToken:
    secret = Secret(PINGONE_CLIENT_SECRET)
    settings = PingOneSettings(f"{server.url}/v1", server.url, "env", "env", "me", secret)
    return WorkerToken(settings, session, patience())


def identity(server: TokenServer, session: Session) -> Login:
    secret = Secret(INFISICAL_PASSWORD)
    settings = InfisicalSettings(server.url, server.url, "org-1", client_id="me", client_secret=secret)
    return Login(settings, session, patience())


AUTHORITIES: Final = [(worker, "access_token"), (identity, "accessToken")]


@pytest.mark.parametrize(("who", "name"), AUTHORITIES)
def test_eight_threads_log_in_once_and_once_more_after_a_refusal(who: Any, name: str, wide: Session) -> None:
    with TokenServer(name) as server:
        door = Door("Service", server.url, wide, refused, authority=who(server, wide), patience=patience())
        got = all_at_once(lambda: door.call("GET", "/thing").status)
    assert got == [200] * THREADS
    assert len(server.posts) == 2, "one token for all, and one in its place"
    assert THREADS + 1 <= server.gets <= 2 * THREADS


@pytest.mark.parametrize(("who", "name"), AUTHORITIES)
def test_eight_threads_try_a_wrong_secret_once(who: Any, name: str, wide: Session) -> None:
    with TokenServer(name, refuses=True) as server:
        door = Door("Service", server.url, wide, refused, authority=who(server, wide), patience=patience())
        got = all_at_once(lambda: door.call("GET", "/thing"))
    assert {type(one) for one in got} <= {CredentialError, *CredentialError.__subclasses__()}
    assert len(server.posts) <= 2, "in the header, and for PingOne perhaps in the form"
    assert server.gets == 0
    assert [leaks(one) for one in got] == [[]] * THREADS


# ---- connections


@pytest.mark.parametrize("threads", [1, 3, THREADS])
def test_no_more_connections_than_may_be_open_at_once_and_all_are_used_again(threads: int) -> None:
    with LimitedService(1000, 60.0) as service, open_session(at_once=threads) as session:
        door = Door("Service", service.url, session, refused, patience=patience())
        all_at_once(lambda: [door.call("POST", "/things", {"name": "x"}) for _ in range(10)])
    assert len(service.made) == 10 * THREADS
    assert 1 <= service.lines <= threads


def test_each_thread_has_a_deadline_of_its_own(wide: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that hangs ends in time, and does not end the others."""
    monkeypatch.setattr("pingconf.clients.http.DEADLINE_SECONDS", 1.0)
    release = threading.Event()

    class Slow(TokenServer):
        def _answer(self, request: bytes) -> tuple[int, str]:
            if b"/hangs" in request:
                release.wait(10)
            return 200, "{}"

    with Slow("x") as server:
        door = Door("Service", server.url, wide, refused, patience=patience())
        paths = iter(["/hangs", *["/thing"] * (THREADS - 1)])
        got = all_at_once(lambda: door.call("POST", next(paths)))
        release.set()
    lost = [one for one in got if isinstance(one, PingconfError)]
    assert [one.headline for one in lost] == [
        "Nobody knows whether Service did what was asked: the connection broke before an answer came"
    ]
