"""Both services on loopback, where commands reach them from processes of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from pingconf.backends.local import LocalBackend
from pingconf.cli.main import run
from pingconf.sandbox import Request, Response, World
from pingconf.sandbox.service import serve
from tests import canary
from tests.crash.makers import FILE, FIRST, new_world
from tests.e2e.witness import doubles

SERVED: Final = """\
  api_url: %(url)s/v1
  auth_url: %(url)s
"""
LOGINS: Final = ("/as/token", "/login", "/select-organization")
MEMBERS: Final = 37
"""Everybody in scope, and the administrator."""

Answer = Callable[[], Response]
Stream = int | IO[str]
"""A descriptor, `subprocess.PIPE` and the like, or an open file."""


def _at_once(request: Request, answer: Answer) -> Response:
    return answer()


def is_write(request: Request) -> bool:
    """Whether it changes something, or would in the real services."""
    return request.method != "GET" and not request.path.endswith(LOGINS)


@dataclass
class Served:
    """The services, the file that names them, and the door where each request may be held up."""

    folder: Path
    url: str
    world: World = field(default_factory=new_world)
    on_request: Callable[[Request, Answer], Response] = _at_once
    writes: list[str] = field(default_factory=list)

    def __call__(self, _: World, request: Request) -> Response:
        """In place of `serve`: the server has another world, and stays when this one goes."""
        if is_write(request):
            self.writes.append(f"{request.method} {request.path}")
        return self.on_request(request, lambda: serve(self.world, request))

    @property
    def file(self) -> Path:
        return self.folder / "pingconf.yaml"

    @property
    def backend(self) -> LocalBackend:
        return LocalBackend(self.folder / ".pingconf" / "state.json")

    def write_file(self, **values: Any) -> None:
        """The configuration with some values changed."""
        self.folder.mkdir(exist_ok=True)
        text = (FILE % {**FIRST, **values}).replace("  region: EU\n", SERVED % {"url": self.url})
        self.file.write_text(text.replace("infisical:\n", f"infisical:\n  url: {self.url}\n", 1))

    def start(
        self,
        *words: str,
        before: tuple[str, ...] = (),
        stdin: Stream = subprocess.DEVNULL,
        stdout: Stream = subprocess.PIPE,
        stderr: Stream = subprocess.PIPE,
    ) -> subprocess.Popen[str]:
        """Start a command in a process of its own, perhaps by another one that `before` names."""
        command = [*before, sys.executable, "-m", "pingconf", "-f", str(self.file), *words]
        return subprocess.Popen(
            command, stdin=stdin, stdout=stdout, stderr=stderr, text=True, errors="surrogateescape"
        )

    def tokens(self) -> list[str]:
        """The ids of live tokens of ours."""
        return [id for id, one in self.world.scim_tokens.items() if "pingconf:" in one["description"]]

    def assert_settled(self, where: str = "") -> None:
        """The file is what there is: nothing left to do, doubled, orphaned or lost."""
        assert run(["-f", str(self.file), "-q", "plan", "--detailed-exitcode"]) == 0, where
        assert len(self.tokens()) == 1, where
        assert len([one for one in self.world.stores.values() if one["type"] == "scim"]) == 1, where
        assert len(self.world.rules) == 1, where
        assert doubles(self.world) == [], where
        assert self.world.published_on_revoked_token() == (), where
        people = [one for one in self.world.members.values() if one["isActive"]]
        assert len(people) == MEMBERS, where

    def assert_goes_on(self, where: str = "", *words: str) -> None:
        """The next run of the command ends well, and all is settled."""
        words = words or ("apply",)
        assert run(["-f", str(self.file), "-q", *words, "--auto-approve"]) == 0, where
        self.assert_settled(where)

    def assert_unlocked(self) -> None:
        """Nobody holds the state, nor says so."""
        assert not self.backend.lock_info_path.exists()
        with self.backend.lock("a look"):
            assert self.backend.lock_info_path.exists()


def ended(process: subprocess.Popen[str], what: str | None = None) -> tuple[int, str, str]:
    """Wait for the end of a process; its exit code and what it printed, which holds no secret."""
    out, told = process.communicate(what, timeout=60)
    canary.watch_output(f"{out}{told}", f"output of {process.args!r}")
    return process.returncode, out or "", told or ""
