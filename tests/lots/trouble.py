"""A line to the embedded services on which things go wrong, and a witness who looks after each act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeAlias

import pytest
import requests
from hypothesis import strategies as st

from pingconf.backends import disk
from pingconf.clients.http import open_session
from pingconf.operations import services
from pingconf.sandbox import Request, Response, SandboxAdapter, World, doors
from pingconf.sandbox.http import json_response
from pingconf.sandbox.service import serve
from tests.crash.makers import DISK, Killed

Witness: TypeAlias = Callable[[World], None]
FOR_GOOD: Final = 10**6
LOGINS: Final = ("/as/token", "/login", "/select-organization")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What goes wrong, from which request of a command on, counted from 0, and for how many requests."""

    name: str
    at: int
    times: int = 1


@dataclass
class Line:
    """Answers requests from a world, but for what goes wrong; after each write a witness looks at it."""

    world: World
    witness: Witness = lambda world: None
    trouble: Trouble | None = None
    happened: bool = False
    dead: bool = False
    calls: list[str] = field(default_factory=list)
    complaints: list[AssertionError] = field(default_factory=list)

    def expect(self, trouble: Trouble | None, witness: Witness) -> None:
        """A new command begins."""
        self.trouble, self.witness = trouble, witness
        self.happened, self.dead = False, False
        self.calls.clear()
        self.complaints.clear()

    @property
    def writes(self) -> list[str]:
        """Method and path of everything that changes something."""
        return [one for one in self.calls if not one.startswith("GET ") and not one.endswith(LOGINS)]

    def __call__(self, world: World, request: Request) -> Response:
        self.live()
        number = len(self.calls)
        self.calls.append(f"{request.method} {request.path}")
        trouble = self.trouble
        if trouble is None or not trouble.at <= number < trouble.at + trouble.times:
            return self.do(request)
        self.happened = True
        return TROUBLES[trouble.name](self, request)

    def live(self) -> None:
        """Nothing is done any more for a process that died."""
        if self.dead:
            raise Killed

    def do(self, request: Request) -> Response:
        answer = serve(self.world, request)
        if request.method != "GET":
            try:
                self.witness(self.world)
            except AssertionError as complaint:  # pingconf would take it for a bug of its own
                complaint.add_note(f"after request {len(self.calls) - 1}, {self.calls[-1]}")
                self.complaints.append(complaint)
        return answer


def _break(how: type[BaseException], line: Line, request: Request, *, done: bool = False) -> Response:
    if done:
        line.do(request)
    line.dead = how is Killed
    raise how("the line broke")


def _fail(status: int, line: Line, request: Request, *, done: bool = False) -> Response:
    if done:
        line.do(request)
    said = json_response(status, {"code": "UNEXPECTED_ERROR", "message": "An unexpected error occurred."})
    return Response(status, {**said.headers, **({"Retry-After": "1"} if status == 429 else {})}, said.body)


def _page(status: int, line: Line, request: Request, *, done: bool = False) -> Response:
    """What a proxy in between says."""
    if done:
        line.do(request)
    return Response(status, {"Content-Type": "text/html"}, b"<html><body>We are sorry</body></html>")


def _garble(how: Callable[[bytes], bytes], line: Line, request: Request) -> Response:
    """Done, and answered with other bytes."""
    answer = line.do(request)
    return Response(answer.status, answer.headers, how(answer.body))


Happening: TypeAlias = Callable[[Line, Request], Response]
TROUBLES: Final[dict[str, Happening]] = {
    "no connection": partial(_break, requests.ConnectTimeout),
    "dropped before": partial(_break, requests.ConnectionError),
    "answer lost": partial(_break, requests.ReadTimeout, done=True),
    **{f"{status} before": partial(_fail, status) for status in (429, 500, 502, 503, 504)},
    **{f"{status} after": partial(_fail, status, done=True) for status in (500, 502, 503, 504)},
    "page before": partial(_page, 502),
    "page after": partial(_page, 200, done=True),
    "cut off": partial(_garble, lambda body: body[: len(body) // 2]),
    "empty": partial(_garble, lambda body: b""),
    "interrupted before": partial(_break, KeyboardInterrupt),
    "interrupted after": partial(_break, KeyboardInterrupt, done=True),
    "killed before": partial(_break, Killed),
    "killed after": partial(_break, Killed, done=True),
}


def troubles(latest: int) -> st.SearchStrategy[Trouble]:
    """One of them, at one of the first requests; once, or for several requests, or until nobody asks on."""
    times = st.sampled_from([1, 1, 1, 4, FOR_GOOD])
    return st.builds(Trouble, st.sampled_from(sorted(TROUBLES)), st.integers(0, latest), times)


@contextmanager
def connected(line: Line) -> Iterator[None]:
    """Every command in the block speaks over this line, and a process that died writes nothing to disk."""

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def act(*args: Any) -> Any:
            line.live()
            return real(*args)

        return act

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(doors, "serve", line)
        patch.setattr(services, "open_http", lambda *_: open_session(SandboxAdapter(line.world)))
        for name in DISK:
            patch.setattr(disk, name, dying(getattr(disk, name)))
        yield
