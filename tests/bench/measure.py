"""Measures whole processes: wall clock, processor time and peak memory, one beside the other."""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SPAWNER: Final = Path(__file__).with_name("spawner.py")
PYTHON: Final = sys.executable
KEPT: Final = ("PATH", "LANG", "LC_ALL", "TMPDIR")
"""All that a measured program gets of our environment: what else is set here would change its start."""


LEAST: Final = 3
"""Rounds of which a median says something."""


PEAK_UNITS: Final = 2**20 if sys.platform == "darwin" else 2**10
"""Of what the system counts peaks in, how many are a MiB: macOS counts bytes, others KiB."""


class Unmeasured(Exception):
    """A program did not do what was to be measured; its text says what it did instead."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one process took: seconds by the monotonic clock, seconds of processor, MiB at its peak."""

    wall: float
    cpu: float
    peak: float
    out: str = field(default="", repr=False)


Run = Callable[[], Taken]


@dataclass(frozen=True, slots=True)
class Program:
    """A command line with the folder and the variables it is run with, and how it must end.

    `says` must stand in its output; else it did not do what is measured.
    """

    command: tuple[str, ...]
    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    code: int = 0
    says: str = ""
    patience: float = 600.0
    """Seconds after which it is killed."""

    def __call__(self) -> Taken:
        """Run it once; raises Unmeasured where it ends in another way."""
        out, err = self.folder / ".out", self.folder / ".err"
        program = shutil.which(self.command[0]) or self.command[0]
        line = (PYTHON, "-I", "-S", str(SPAWNER), str(out), str(err), program, *self.command[1:])
        wall, cpu, peak, code = _figures(line, self)
        said = out.read_text("utf-8", "replace")
        if code != self.code or self.says not in said:
            lines = (err.read_text("utf-8", "replace") or said).strip().splitlines()
            told = next((line for line in lines if line.strip()), "nothing")[:200]
            raise Unmeasured(f"{self.name} ended with {int(code)} and said: {told.strip()}")
        return Taken(wall, cpu, peak / PEAK_UNITS, said)

    @property
    def name(self) -> str:
        """What was started, without its folders."""
        words = [Path(self.command[0]).name, *self.command[1:]]
        return " ".join(word for word in words if word not in ("-f", "."))[:60]


def _figures(line: Sequence[str], program: Program) -> tuple[float, float, float, float]:
    environ = {name: os.environ[name] for name in KEPT if name in os.environ}
    environ |= {"HOME": str(program.folder), **program.variables}
    with subprocess.Popen(
        line, cwd=program.folder, env=environ, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as spawner:
        try:
            told, _ = spawner.communicate(timeout=program.patience)
        except subprocess.TimeoutExpired:
            os.killpg(spawner.pid, signal.SIGKILL)
            raise Unmeasured(f"{program.name} took more than {program.patience:g} s") from None
        except BaseException:  # whoever ends the benchmark ends what it measures
            os.killpg(spawner.pid, signal.SIGKILL)
            raise
    if spawner.returncode:
        raise Unmeasured(f"{program.name} could not be started")
    wall, cpu, peak, code = map(float, told.split())
    return wall, cpu, peak, code


def in_turn(
    runs: Mapping[str, Run], rounds: int, *, budget: float = 20.0, warm: bool = True
) -> dict[str, Taken]:
    """Run them all in turn (A B A B), and give the medians of each.

    Before that each runs once without being counted, where `warm`: byte code and files are then in memory.
    What has taken `budget` seconds and three rounds is not run again; where the first round alone takes as
    long, it counts, too, as a cold start is nothing beside that.
    """
    taken: dict[str, list[Taken]] = {name: [] for name in runs}
    began = time.monotonic()
    if warm:
        first = {name: run() for name, run in runs.items()}
        if time.monotonic() - began > budget:
            taken = {name: [one] for name, one in first.items()}
            rounds -= 1
    for _ in range(rounds):
        if min(map(len, taken.values())) >= LEAST and time.monotonic() - began > budget:
            break
        for name, run in runs.items():
            taken[name].append(run())
    return {name: median(some) for name, some in taken.items()}


def median(taken: Sequence[Taken]) -> Taken:
    """The median of each figure, and the output of the last run."""
    return Taken(
        statistics.median(one.wall for one in taken),
        statistics.median(one.cpu for one in taken),
        statistics.median(one.peak for one in taken),
        taken[-1].out,
    )
