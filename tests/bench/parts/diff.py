"""What a plan that changes everything takes more than one that changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from tests.bench.bench import Bench, named
from tests.bench.generator import Shape
from tests.bench.measure import Taken, Unmeasured
from tests.bench.report import Result, seconds
from tests.bench.stage import Stage

GOAL: Final = {1_000: 200.0}
"""Milliseconds of processor."""
WHAT: Final = "cpu of all changed - cpu of none"


def results(bench: Bench) -> Iterator[Result]:
    """All groups with another description, as text."""
    for size in bench.sizes(1_000):
        name, goal = named("diff", size), GOAL.get(size)
        try:
            with bench.staged(Shape(size)) as stage:
                runs = {"none": partial(_plan, stage, size, 0), "all": partial(_plan, stage, size, size)}
                taken = bench.turns(runs)
        except Unmeasured as fault:
            yield Result(name, WHAT, goal, None, "ms", told=str(fault))
            continue
        changed, unchanged = taken["all"].cpu, taken["none"].cpu
        told = f"{seconds(changed)} - {seconds(unchanged)}"
        yield Result(name, WHAT, goal, (changed - unchanged) * 1000, "ms", told=told)


def _plan(stage: Stage, size: int, changed: int) -> Taken:
    stage.write(Shape(size, changed=changed))
    return stage.pingconf("plan", says=f"{changed} to change" if changed else "No changes.")()
