"""Credentials of the embedded services, no waiting, and a server that stays for all stories."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pingconf.operations.interruption import Interruption
from pingconf.sandbox import (
    ADMIN_EMAIL,
    ADMIN_PASSWORD,
    CLIENT_ID,
    CLIENT_SECRET,
    ENVIRONMENT_ID,
    ORGANIZATION_ID,
    LoopbackServer,
    World,
    doors,
)
from tests.crash.served import Served


@pytest.fixture(autouse=True)
def signals_heeded() -> Iterator[None]:
    """Also where the tests are started in the background, as a shell ignores some signals there."""
    usual: dict[int, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Interruption, "sleep", lambda self, seconds: None)
    for name, value in {
        "PINGONE_ENVIRONMENT_ID": ENVIRONMENT_ID,
        "PINGONE_TARGET_ENVIRONMENT_ID": ENVIRONMENT_ID,
        "PINGONE_CLIENT_ID": CLIENT_ID,
        "PINGONE_CLIENT_SECRET": CLIENT_SECRET,
        "INFISICAL_ORGANIZATION_ID": ORGANIZATION_ID,
        "INFISICAL_EMAIL": ADMIN_EMAIL,
        "INFISICAL_PASSWORD": ADMIN_PASSWORD,
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def server() -> Iterator[LoopbackServer]:
    """One for all stories, as stopping one takes half a second."""
    with LoopbackServer(World.seed()) as running:
        yield running


@pytest.fixture
def served(server: LoopbackServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Served:
    """A world of its own behind that server, and a client that dies makes no noise there."""
    served = Served(tmp_path / "work", server.url)
    served.write_file()
    monkeypatch.setattr(doors, "serve", served)
    monkeypatch.setattr(ThreadingHTTPServer, "handle_error", lambda *_: None)
    return served
