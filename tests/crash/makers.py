"""A process that dies, or is told to end, at any one act on the network or the disk."""

from __future__ import annotations

import gc
import hashlib
import itertools
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from pingconf.backends import disk
from pingconf.cli.main import run
from pingconf.clients.http import open_session as open_http
from pingconf.operations import services, session
from pingconf.sandbox import SandboxAdapter, Switches, World, from_json, to_json
from tests import canary

NOW: Final = datetime.now(UTC)
"""One moment for all of it, as tokens grow old."""


FILE: Final = """\
version: 1
infisical:
  organization_id: ${INFISICAL_ORGANIZATION_ID}
  scim: {enabled: true}
  scim_tokens:
    pingone: {description: PingOne, ttl_days: %(ttl)d}
pingone:
  region: EU
  environment_id: ${PINGONE_TARGET_ENVIRONMENT_ID}
  connections:
    infisical: {name: %(connection)s, auth: {token: pingone}}
  groups:
    engineering: {name: Engineering, membership_filter: title co "Engineer"}
    all_staff: {name: All Staff, manage: false}
  rules:
    employees:
      connection: infisical
      user_filter: %(filter)s
      groups: [engineering, all_staff]
"""
FIRST: Final = {"ttl": 365, "connection": "Infisical", "filter": "enabled eq true"}


def write_file(folder: Path, **values: Any) -> None:
    """The configuration with some values changed."""
    folder.mkdir(exist_ok=True)
    (folder / "pingconf.yaml").write_text(FILE % {**FIRST, **values})


def new_world(**given: Any) -> World:
    """With an Infisical that logs people in by their password."""
    return World.seed(switches=Switches(infisical_release="2026"), **given)


class Killed(BaseException):
    """Nobody catches a SIGKILL."""


@dataclass
class Reaper:
    """Counts every act on the outer world, and does what is to be done at one of them.

    Point 2k is before act k, point 2k + 1 after it. `strikes` may raise Killed, which ends the process, or
    send it a signal.
    """

    point: int
    strikes: Callable[[], None]
    acts: int = 0
    struck: bool = False
    dead: bool = False
    log: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def act(self, name: str, do: Callable[[], Any]) -> Any:
        """One act, unless the process is dead, or dies before or after it."""
        if self.dead:
            raise Killed(name)
        with self.lock:
            number, self.acts = self.acts, self.acts + 1
        self._pass(2 * number)
        result = do()
        self.log.append(name)
        self._pass(2 * number + 1)
        return result

    def _pass(self, point: int) -> None:
        if self.point == point:
            self.struck = True
            try:
                self.strikes()
            except Killed:
                self.dead = True
                raise


def kill() -> None:
    """A SIGKILL: nothing runs after it, also no `finally` that would reach the network or the disk."""
    raise Killed


class WatchedAdapter(SandboxAdapter):
    """The embedded services behind a network that the process may not live to use.

    After every request, no connection that is published may hold a token that is dead.
    """

    def __init__(self, world: World, reaper: Reaper) -> None:
        super().__init__(world)
        self._reaper = reaper

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        serve = super().send

        def do() -> requests.Response:
            answer = serve(request, *args, **options)
            assert not self.world.published_on_revoked_token(), f"{request.method} {request.path_url}"
            return answer

        return self._reaper.act(f"{request.method} {request.path_url}", do)  # type: ignore[no-any-return]


DISK: Final = ("write_durably", "move_file", "remove_file", "write_aside", "create_file", "sync_folder")


@contextmanager
def mortal(
    monkeypatch: pytest.MonkeyPatch,
    world: World,
    point: int,
    strikes: Callable[[], None] = kill,
    at_once: int = 1,
) -> Iterator[Reaper]:
    """Every command in the block lives in a world where it is struck at a point; -1 for never.

    With one thing at a time each act has its number; with more, any may have it.
    """
    reaper = Reaper(point, strikes)
    with monkeypatch.context() as patch:
        adapter = WatchedAdapter(world, reaper)
        patch.setattr(services, "open_http", lambda *_: open_http(adapter))
        patch.setattr(session, "AT_ONCE", at_once)
        for name in DISK:
            patch.setattr(disk, name, _struck(reaper, name, getattr(disk, name)))
        yield reaper


def _struck(reaper: Reaper, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: reaper.act(name, lambda: real(*args))


@dataclass(frozen=True)
class Scene:
    """A folder with its file and state, and the world as it was: a start from which to die many deaths."""

    folder: Path
    saved: dict[str, Any]
    files: dict[str, bytes]

    @classmethod
    def keep(cls, folder: Path, world: World) -> Scene:
        files = _files(folder)
        for name, data in files.items():
            canary.watch_output(data.decode(errors="replace"), f"{name}, left by a run that died")
        return cls(folder, json.loads(json.dumps(to_json(world))), files)

    def again(self) -> World:
        """Everything as it was kept."""
        shutil.rmtree(self.folder)
        for name, data in self.files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return from_json(json.loads(json.dumps(self.saved)), clock=lambda: NOW)

    @property
    def fingerprint(self) -> str:
        """Equal for two scenes from which all goes on in the same way: no decision reads the run log."""
        world = {name: value for name, value in self.saved.items() if name != "requests_served"}
        kept = [name for name in self.files if ".lock" not in name and not name.endswith(".runs")]
        files = {name: self.files[name].hex() for name in kept}
        return hashlib.sha256(json.dumps([world, files], sort_keys=True).encode()).hexdigest()


def _files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@contextmanager
def always_the_same(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nonces and lineages are counted, so that equal ways lead to equal scenes; a dead process leaves no
    open files, and what is on the disk is not waited for."""
    numbers = itertools.count(1)
    gc.collect()
    gc.freeze()
    with monkeypatch.context() as patch:
        patch.setattr("secrets.token_hex", lambda size: f"{next(numbers):0{2 * size}x}")
        patch.setattr("pingconf.model.state.uuid4", lambda: f"00000000-0000-4000-8000-{next(numbers):012x}")
        patch.setattr("os.fsync", lambda fd: None)
        try:
            yield
        finally:
            gc.unfreeze()


def command(folder: Path, *words: str) -> int:
    """Run one command in a folder; every request is logged, for the scan at the end to look through."""
    return run(["-f", str(folder / "pingconf.yaml"), "--quiet", "-vv", *words])
