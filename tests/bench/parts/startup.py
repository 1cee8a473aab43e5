"""How soon pingconf is there, beside a Python that imports what it cannot do without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.bench.bench import Bench
from tests.bench.generator import OFFLINE
from tests.bench.machine import QUIET, terraform
from tests.bench.measure import Program, Unmeasured
from tests.bench.report import Result, beside
from tests.bench.stage import ROOT, program

EXAMPLE: Final = str(ROOT / "examples" / "infisical")
CASES: Final = (
    ("version", ("version",), 1.3, "import typer"),
    ("--help", ("--help",), 1.3, "import typer"),
    ("validate the example", ("-f", EXAMPLE, "validate"), 1.5, "import typer, yaml, pydantic"),
)


def results(bench: Bench) -> Iterator[Result]:
    """`version`, `--help` and the example's `validate`; and `--help` beside Terraform's."""
    for name, words, goal, code in CASES:
        ours = Program((*program(), *words), bench.folder, OFFLINE)
        yield _beside(bench, name, f'wall / python -c "{code}"', goal, ours, bench.python(code))
    if found := terraform():
        ours = Program((*program(), "--help"), bench.folder)
        theirs = Program((found, "-help"), bench.folder, QUIET)
        yield _beside(bench, "--help", "wall / terraform -help", None, ours, theirs)


def _beside(bench: Bench, name: str, what: str, goal: float | None, ours: Program, floor: Program) -> Result:
    try:
        taken = bench.turns({"floor": floor, "ours": ours})
    except Unmeasured as fault:
        return Result(name, what, goal, None, told=str(fault))
    return beside(name, what, goal, taken["ours"], taken["floor"])
