"""A fresh world for every story, reached over HTTP on loopback or as the sandbox of its folder."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Final

import pytest

from pingconf.clients.retry import Patience
from pingconf.operations import session
from pingconf.sandbox import LoopbackServer, World, doors
from tests.canary import Canaries
from tests.e2e.cron import SECRET_PATH, look
from tests.e2e.makers import Moment, Stage, Wire, credentials, example, furnish
from tests.receiver import Receiver, receiving

SIGNING_SECRET: Final = "signs the tokens of every story"  # so that a token is good in all of them


@pytest.fixture(scope="session")
def stand_in() -> World:
    """The world the server was started with; each story has its own played in its place."""
    return World.seed()


@pytest.fixture(scope="session")
def server(stand_in: World) -> Iterator[LoopbackServer]:
    """One server for all stories, as stopping one takes half a second."""
    with LoopbackServer(stand_in) as running:
        yield running


@pytest.fixture(autouse=True)
def quick_and_quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody waits before asking again, a line that breaks makes no noise, and the log is as it was."""
    monkeypatch.setattr(session, "Patience", lambda sleep, over: Patience(lambda seconds: None))
    monkeypatch.setattr(ThreadingHTTPServer, "handle_error", lambda *_: None)
    monkeypatch.setattr(session, "AT_ONCE", 1)  # in a row, so that the order of requests can be told
    log = logging.getLogger("pingconf")
    before = (log.handlers[:], log.level, log.propagate)
    yield
    log.handlers[:], log.level, log.propagate = before[0], before[1], before[2]


@pytest.fixture
def wire(stand_in: World, monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire(World.seed(signing_secret=SIGNING_SECRET), stand_in)
    monkeypatch.setattr(doors, "serve", wire)
    return wire


@pytest.fixture
def read_output(capsys: pytest.CaptureFixture[str]) -> Callable[[], tuple[str, str]]:
    def read() -> tuple[str, str]:
        captured = capsys.readouterr()
        return captured.out, captured.err

    return read


@pytest.fixture
def services(
    wire: Wire,
    server: LoopbackServer,
    read_output: Callable[[], tuple[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Stage:
    """The guide's example, with both services at the addresses that the file names."""
    for name, value in credentials(wire.world).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    stage = Stage(tmp_path, read_output, wire, server.url)
    stage.write(example("infisical", server.url))
    return stage


@pytest.fixture(scope="session")
def moments() -> dict[str, Moment]:
    """What was applied once and can be come back to."""
    return {}


@pytest.fixture
def applied(services: Stage, moments: dict[str, Moment]) -> Stage:
    """The guide's example is applied, beside what others have made."""
    if "infisical" not in moments:
        furnish(services.world)
        services.apply()
        moments["infisical"] = services.remember()
    services.return_to(moments["infisical"])
    return services


@pytest.fixture
def sandbox(
    wire: Wire,
    read_output: Callable[[], tuple[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Stage:
    """The guide's example on `--sandbox`."""
    monkeypatch.chdir(tmp_path)
    stage = Stage(tmp_path, read_output, wire, "https://app.infisical.com", ("--sandbox",))
    stage.write(example("infisical"))
    return stage


@pytest.fixture
def hook(canaries: Canaries, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Told by the environment, as its address is a secret."""
    with receiving(canaries.add(SECRET_PATH)) as receiver:
        monkeypatch.setenv("PINGCONF_NOTIFY", receiver.url)
        yield receiver


@pytest.fixture
def watched(applied: Stage, hook: Receiver) -> Stage:
    look(applied, 0)
    return applied
