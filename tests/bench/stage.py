"""Where pingconf is measured: a folder with a configuration, and both services in another process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from pingconf.backends.local import LocalBackend
from pingconf.model.address import Address
from pingconf.model.resource import Recorded
from tests.bench.generator import Json, Shape, write
from tests.bench.measure import Program, Taken
from tests.bench.server import Call

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENCE: Final = 180.0
"""Seconds after which a command that only looks is given up."""
IN_FLIGHT: Final = 8
"""How many requests an apply may have open, by SPEC's default."""


def program() -> tuple[str, ...]:
    """How pingconf is started: the script that a person starts, where it is installed."""
    script = Path(sys.executable).with_name("pingconf")
    return (str(script),) if script.exists() else (sys.executable, "-m", "pingconf")


@dataclass
class Stage:
    """A folder, the services, and the commands that are run there."""

    folder: Path
    given: dict[str, str] = field(repr=False)
    _server: subprocess.Popen[str] = field(repr=False)
    per_file: int = 0
    """How many groups stand in one file at most; 0 for all."""

    def order(self, what: str, **more: Any) -> Any:
        """Let the server do something; its answer."""
        assert self._server.stdin is not None
        self._server.stdin.write(json.dumps({"do": what, **more}) + "\n")
        self._server.stdin.flush()
        return self.hear()

    def hear(self) -> Any:
        """What the server says next."""
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        if not line:
            raise RuntimeError(f"the services ended with {self._server.wait()}")
        return json.loads(line)

    def settle(self, latency: float = 0.0, limit: Json | None = None) -> None:
        """From now on each request takes so many seconds and falls under this limit; the log is empty."""
        self.order("set", latency=latency, limit=limit)

    def calls(self) -> list[Call]:
        """What came since the last `settle`."""
        return [Call(**call) for call in self.order("dump")["calls"]]

    def names(self) -> list[str]:
        """The names of all groups at PingOne."""
        names: list[str] = self.order("names")["names"]
        return names

    def pingconf(self, *words: str, code: int = 0, says: str = "") -> Program:
        """A command on the configuration of the folder."""
        return Program((*program(), "-f", ".", *words), self.folder, self.given, code, says)

    def write(self, shape: Shape) -> None:
        """Write a configuration in place of the one before."""
        write(self.folder, shape, self.per_file)

    def plan(self) -> Program:
        """A plan that must have nothing to do."""
        return replace(self.pingconf("plan", says="No changes."), patience=PATIENCE)

    def apply(self) -> Program:
        """An apply without a question, with as much at once as it offers to."""
        more = ("--parallelism", str(IN_FLIGHT)) if takes_parallelism() else ()
        return self.pingconf("apply", "--auto-approve", *more, says="Apply complete!")

    def settle_in(self, shape: Shape) -> Taken:
        """Make everything of a shape, the groups without asking anybody; afterwards nothing is to be done.

        The connection and the rules are applied; groups go straight into PingOne and into the state.
        """
        self.write(Shape(0, shape.rules) if shape.rules else Shape(1, 0))
        took = self.apply()()
        already = 0 if shape.rules else 1
        self.write(Shape(shape.groups, shape.rules))
        groups = Shape(shape.groups, shape.rules).members()[already:]
        ids = self.order("seed", groups=[group.body() for group in groups])["ids"]
        self._record({group.key: (id, group.recorded()) for group, id in zip(groups, ids, strict=True)})
        self.write(shape)
        return took

    def _record(self, groups: dict[str, tuple[str, Json]]) -> None:
        backend = LocalBackend(self.folder / ".pingconf" / "state.json")
        state = backend.read()
        assert state is not None
        made = {
            Address("pingone.groups", key): Recorded(id, attributes, made=True)
            for key, (id, attributes) in groups.items()
        }
        backend.write(replace(state, resources={**state.resources, **made}, serial=state.serial + 1))


@contextmanager
def staged(folder: Path, per_file: int = 0) -> Iterator[Stage]:
    """A new folder and new services, until the end of the block."""
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "tests.bench.server"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            stage = Stage(folder, {}, server, per_file)
            stage.given = stage.hear()["environment"]
            yield stage
        finally:
            assert server.stdin is not None
            server.stdin.close()
            if server.wait(60):
                raise RuntimeError(f"the services ended with {server.returncode}")


@cache
def takes_parallelism() -> bool:
    """Whether this pingconf lets an apply do several things at once."""
    told = subprocess.run([*program(), "apply", "--help"], capture_output=True, text=True, check=True)
    return "--parallelism" in told.stdout
