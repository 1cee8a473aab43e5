"""How long it takes to check a configuration, beside Terraform with as many resources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.bench.bench import Bench, named
from tests.bench.generator import OFFLINE, Shape, write
from tests.bench.measure import Program, Run, Unmeasured
from tests.bench.report import Result, beside, ratio
from tests.bench.stage import PATIENCE, program

GOALS: Final = {1_000: 1.0, 10_000: 0.35}
"""Of terraform's wall."""
GROWTH: Final = 12.0
"""From 1,000 to 10,000."""
WHAT: Final = "wall / terraform validate"


def results(bench: Bench) -> Iterator[Result]:
    """Each size, and how it grows."""
    walls: dict[int, float] = {}
    for size in bench.sizes(10, 1_000, 10_000):
        runs = _runs(bench, size)
        try:
            taken = bench.turns(runs)
        except Unmeasured as fault:
            yield Result(named("validate", size), WHAT, GOALS.get(size), None, told=str(fault))
            continue
        walls[size] = taken["ours"].wall
        if "terraform" in taken:
            name, goal = named("validate", size), GOALS.get(size)
            yield beside(name, WHAT, goal, taken["ours"], taken["terraform"])
        else:
            yield Result(named("validate", size), "wall", None, walls[size] * 1000, "ms")
    yield from grown("validate", walls)


def _runs(bench: Bench, size: int) -> dict[str, Run]:
    folder = bench.new_folder()
    folder.mkdir(parents=True)
    write(folder, Shape(size), bench.per_file)
    ours = Program((*program(), "-f", ".", "validate"), folder, OFFLINE, patience=PATIENCE)
    peer = bench.terraform(Shape(size))
    return {"ours": ours, "terraform": peer.validate()} if peer else {"ours": ours}


def grown(name: str, walls: dict[int, float]) -> Iterator[Result]:
    """How much longer ten times as much takes, where both were measured."""
    small, large = 1_000, 10_000
    if small in walls and large in walls:
        yield ratio(name, f"wall of {large:,} / of {small:,}", GROWTH, walls[large], walls[small])
