"""A process that dies: from one point on neither the network nor the disk does anything for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from pingconf.backends import disk
from pingconf.cli.main import run
from pingconf.clients.http import open_session as open_http
from pingconf.operations import session
from pingconf.sandbox import SandboxAdapter, World, from_json, to_json

FILE = """\
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
FIRST = {"ttl": 365, "connection": "Infisical", "filter": "enabled eq true"}


class Killed(BaseException):
    """Nobody catches a SIGKILL."""


@dataclass
class Reaper:
    """Counts every act on the outer world and ends the process at one of them.

    Point 2k is before act k, point 2k + 1 after it.
    """

    point: int
    acts: int = 0
    dead: bool = False
    log: list[str] = field(default_factory=list)

    def act(self, name: str, do: Callable[[], Any]) -> Any:
        """One act, unless the process is dead, or dies before or after it."""
        number, self.acts = self.acts, self.acts + 1
        if self.dead or self.point == 2 * number:
            self.dead = True
            raise Killed(name)
        result = do()
        if self.point == 2 * number + 1:
            self.dead = True
            raise Killed(name)
        self.log.append(name)
        return result


class DyingAdapter(SandboxAdapter):
    """The embedded services behind a network that the process may not live to use."""

    def __init__(self, world: World, reaper: Reaper) -> None:
        super().__init__(world)
        self._reaper = reaper

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        send = super().send
        what = f"{request.method} {request.path_url}"
        return self._reaper.act(what, lambda: send(request, *args, **options))  # type: ignore[no-any-return]


DISK = ("write_durably", "move_file", "remove_file", "write_aside", "create_file", "sync_folder")


@contextmanager
def mortal(monkeypatch: pytest.MonkeyPatch, world: World, point: int) -> Iterator[Reaper]:
    """Every command in the block lives in a world where it dies at a point; -1 for never."""
    reaper = Reaper(point)
    with monkeypatch.context() as patch:
        adapter = DyingAdapter(world, reaper)
        patch.setattr(session, "open_http", lambda _: open_http(adapter))
        for name in DISK:
            patch.setattr(disk, name, _dying(reaper, name, getattr(disk, name)))
        yield reaper


def _dying(reaper: Reaper, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: reaper.act(name, lambda: real(*args))


@dataclass(frozen=True)
class Scene:
    """A folder with its file and state, and the world as it was: a start from which to die many deaths."""

    folder: Path
    saved: dict[str, Any]
    kept: Path

    @classmethod
    def keep(cls, folder: Path, world: World) -> Scene:
        kept = folder.with_name(folder.name + "-kept")
        shutil.copytree(folder, kept)
        return cls(folder, to_json(world), kept)

    def again(self) -> World:
        """Everything as it was kept."""
        shutil.rmtree(self.folder)
        shutil.copytree(self.kept, self.folder)
        return from_json(self.saved)


def write_file(folder: Path, **values: Any) -> None:
    """The configuration with some values changed."""
    folder.mkdir(exist_ok=True)
    (folder / "pingconf.yaml").write_text(FILE % {**FIRST, **values})


def command(folder: Path, *words: str) -> int:
    """Run one command in a folder."""
    return run(["-f", str(folder / "pingconf.yaml"), "--quiet", *words])
