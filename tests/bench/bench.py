"""One run of the benchmark: how large, how often, and what its parts measure together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.bench.generator import Shape
from tests.bench.measure import PYTHON, Program, Run, Taken, Unmeasured, in_turn
from tests.bench.peers import Terraform
from tests.bench.stage import Stage, staged

PAGE: Final = 1000
"""Groups on one page of PingOne's (developer.pingidentity.com, platform/groups)."""
SHORTEST_CHAIN: Final = 3
"""Of the calls a plan needs each of the last waits for the one before: token, rules, a rule's mappings."""
FLOOR: Final = "import typer, requests, yaml, pydantic"
"""What a Python program that does this work must import."""


@dataclass
class Bench:
    """The sizes and rounds of one run, and a folder that it may fill. `quick` is for the tests."""

    folder: Path
    quick: bool = False
    per_file: int = 0
    """How many groups stand in one file at most; 0 for all."""
    _no_ops: dict[int, dict[str, Taken] | Unmeasured] = field(default_factory=dict, repr=False)
    _folders: int = 0

    def sizes(self, *sizes: int) -> tuple[int, ...]:
        """These sizes; the least of all where it must be quick."""
        return (3,) if self.quick else sizes

    @property
    def rounds(self) -> int:
        """How often each is run in turn."""
        return 1 if self.quick else 7

    @property
    def latencies(self) -> tuple[float, ...]:
        """Seconds that each request takes."""
        return (0.02,) if self.quick else (0.05, 0.1)

    def new_folder(self) -> Path:
        """A path where nothing is yet."""
        self._folders += 1
        return self.folder / str(self._folders)

    @contextmanager
    def staged(self, shape: Shape | None = None) -> Iterator[Stage]:
        """New services, with everything of a shape made already."""
        with staged(self.new_folder(), self.per_file) as stage:
            if shape is not None:
                stage.settle_in(shape)
            yield stage

    def terraform(self, shape: Shape) -> Terraform | None:
        """Terraform with as many resources, where it is on PATH."""
        return Terraform.settle(self.new_folder(), shape)

    def python(self, code: str) -> Program:
        """A program of one line: what cannot be undercut."""
        self.folder.mkdir(exist_ok=True)
        return Program((PYTHON, "-c", code), self.folder)

    def turns(self, runs: Mapping[str, Run], rounds: int | None = None) -> dict[str, Taken]:
        """Medians of these, run in turn."""
        return in_turn(runs, self.rounds if rounds is None or self.quick else rounds, warm=not self.quick)

    def no_op(self, size: int) -> dict[str, Taken]:
        """A plan with nothing to do by `ours`, and by `terraform` where there is one, without any latency."""
        if size not in self._no_ops:
            try:
                self._no_ops[size] = self._pair(Shape(size))
            except Unmeasured as fault:
                self._no_ops[size] = fault
        taken = self._no_ops[size]
        if isinstance(taken, Unmeasured):
            raise taken
        return taken

    def _pair(self, shape: Shape) -> dict[str, Taken]:
        with self.staged(shape) as stage:
            runs: dict[str, Run] = {"ours": stage.plan()}
            stage.plan()()  # from here on the services answer at once
            if peer := self.terraform(shape):
                peer.remember(shape)
                runs["terraform"] = peer.plan()
            return self.turns(runs)


def chain(groups: int) -> int:
    """How many calls of a plan must wait for one another, at least: the pages of a list do, too."""
    return max(SHORTEST_CHAIN, 1 + math.ceil(groups / PAGE))


def named(what: str, size: int) -> str:
    """What is measured, with its size."""
    return f"{what} {size:,}"
