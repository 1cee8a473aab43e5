"""The disk is full, broken or read-only from one write on: nothing more is done, and nothing is lost."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from pingconf.backends import disk
from pingconf.clients.http import open_session as open_http
from pingconf.operations import services, session
from pingconf.sandbox import SandboxAdapter, World
from tests.crash.makers import DISK, always_the_same, command
from tests.crash.stories import STORIES, Stage, Story

ENDS: Final = (1, 7)
ERRORS: Final = {name: getattr(errno, name) for name in ("ENOSPC", "EIO", "EROFS", "EDQUOT")}


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with always_the_same(monkeypatch):
        yield


@dataclass
class Disk:
    """Fails at one call, and at all after it where it does not recover."""

    at: int
    error: int
    recovers: bool
    calls: int = 0
    failed: bool = False
    writes_since: list[str] = field(default_factory=list)

    def touch(self, real: Callable[..., Any], *args: Any) -> Any:
        number, self.calls = self.calls, self.calls + 1
        if number == self.at or (self.failed and not self.recovers):
            self.failed = True
            raise OSError(self.error, "as the test has it")
        return real(*args)


class Witness(SandboxAdapter):
    """Notes what is written at a service once the disk has failed."""

    def __init__(self, world: World, disk: Disk) -> None:
        super().__init__(world)
        self._disk = disk

    def send(self, request: Any, *args: Any, **options: Any) -> Any:
        reads = request.method == "GET" or request.path_url.endswith(("/as/token", "/login", "organization"))
        if self._disk.failed and not reads:
            self._disk.writes_since.append(f"{request.method} {request.path_url}")
        return super().send(request, *args, **options)


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, world: World, failing: Disk) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(services, "open_http", lambda *_: open_http(Witness(world, failing)))
        patch.setattr(session, "AT_ONCE", 1)  # so that each request has its number
        for name in DISK:
            real = getattr(disk, name)
            patch.setattr(disk, name, lambda *args, real=real: failing.touch(real, *args))
        yield


@pytest.mark.parametrize("recovers", [True, False], ids=["once", "for good"])
@pytest.mark.parametrize(
    ("name", "stride"),
    [("ENOSPC", 3), *(pytest.param(name, 1, marks=pytest.mark.soak) for name in ERRORS)],
)
@pytest.mark.parametrize("story", STORIES[:4], ids=str)
def test_a_disk_that_fails_at_every_call(
    story: Story, name: str, stride: int, recovers: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each third call in CI, others for each story; all of them in the soak."""
    folder = tmp_path / "work"
    stage = Stage.set(story, folder, monkeypatch)
    number = first = STORIES.index(story) % stride
    well = 0
    while True:
        world, broken = stage.scene.again(), Disk(number, ERRORS[name], recovers)
        with failing(monkeypatch, world, broken):
            code = command(folder, *story.command)
        if not broken.failed:
            break
        where = f"{story}, {name} at call {number}"
        assert code in (0, *ENDS), where
        assert code == 0 or broken.writes_since == [], where
        assert code or recovers or not any(folder.rglob("*.journal")), "all that counts is on the disk"
        well += code == 0
        stage.resume(folder, world, where)
        number += stride
    times = (number - first) // stride
    sys.stdout.write(f"{story}: {times} of {times} times {name} survived\n")
    assert number > 20
    assert recovers or well <= 5, "only the run log may be lost, and what says who holds the lock lie about"
