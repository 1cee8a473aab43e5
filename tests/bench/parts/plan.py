"""A plan with nothing to do, the most frequent run of all: beside what it cannot undercut, and Terraform."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.bench.bench import FLOOR, Bench, chain, named
from tests.bench.generator import Shape
from tests.bench.measure import Unmeasured
from tests.bench.parts.validate import grown
from tests.bench.report import Result, beside, ratio
from tests.bench.stage import Stage

TIMES_BOUND: Final = {1_000: 1.5, 10_000: 1.8}
OF_TERRAFORM: Final = {1_000: 0.4, 10_000: 0.12}
AT_ONCE: Final = "wall / terraform plan, services that answer at once"


def results(bench: Bench) -> Iterator[Result]:
    """Each size: without latency beside Terraform, then with latency beside the lower bound."""
    walls: dict[int, float] = {}
    for size in bench.sizes(10, 100, 1_000, 10_000):
        goal = OF_TERRAFORM.get(size)
        try:
            taken = bench.no_op(size)
        except Unmeasured as fault:
            yield Result(named("plan", size), AT_ONCE, goal, None, told=str(fault))
            continue
        walls[size] = taken["ours"].wall
        if "terraform" in taken:
            yield beside(named("plan", size), AT_ONCE, goal, taken["ours"], taken["terraform"])
        yield from _with_latency(bench, size)
    yield from grown("plan", walls)


def _with_latency(bench: Bench, size: int) -> Iterator[Result]:
    with bench.staged(Shape(size)) as stage:
        for latency in bench.latencies:
            yield _beside_the_bound(bench, stage, size, latency)


def _beside_the_bound(bench: Bench, stage: Stage, size: int, latency: float) -> Result:
    """The bound: starting Python with the libraries, and the calls that wait for one another."""
    name = f"{named('plan', size)} at {latency * 1000:.0f} ms"
    what, goal = f"wall / (python -c {FLOOR.split()[0]} … + {chain(size)} calls)", TIMES_BOUND.get(size)
    stage.settle(latency)
    try:
        taken = bench.turns({"floor": bench.python(FLOOR), "ours": stage.plan()})
    except Unmeasured as fault:
        return Result(name, what, goal, None, told=str(fault))
    bound = taken["floor"].wall + chain(size) * latency
    return ratio(name, what, goal, taken["ours"].wall, bound)
