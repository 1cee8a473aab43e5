"""How long it takes to make everything, beside Terraform and beside the requests that must be sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.bench.bench import Bench, named
from tests.bench.generator import Shape
from tests.bench.measure import Run, Taken, Unmeasured
from tests.bench.peers import Terraform
from tests.bench.report import Result, beside, ratio
from tests.bench.stage import IN_FLIGHT

OF_TERRAFORM: Final = {1_000: 0.12}
TIMES_BOUND: Final = {1_000: 1.25}
FIRST: Final = "wall / terraform apply, services that answer at once"
ROUNDS: Final = 3


def results(bench: Bench) -> Iterator[Result]:
    """The first apply without latency; then as many new groups with it."""
    for size in bench.sizes(100, 1_000):
        try:
            yield _first(bench, size)
        except Unmeasured as fault:
            yield Result(named("first apply", size), FIRST, OF_TERRAFORM.get(size), None, told=str(fault))
    for size in bench.sizes(1_000):
        yield _with_latency(bench, size, bench.latencies[0])


def _first(bench: Bench, size: int) -> Result:
    peer = bench.terraform(Shape(size))
    runs: dict[str, Run] = {"ours": lambda: _apply(bench, size)}
    if peer is not None:
        runs["terraform"] = lambda: _again(peer)
    taken = bench.turns(runs, ROUNDS)
    name, goal = named("first apply", size), OF_TERRAFORM.get(size)
    if "terraform" not in taken:
        return Result(name, "wall", None, taken["ours"].wall * 1000, "ms")
    return beside(name, FIRST, goal, taken["ours"], taken["terraform"])


def _apply(bench: Bench, size: int) -> Taken:
    """Everything, in new services."""
    with bench.staged() as stage:
        stage.write(Shape(size))
        return stage.apply()()


def _again(peer: Terraform) -> Taken:
    peer.forget()
    return peer.apply()()


def _with_latency(bench: Bench, size: int, latency: float) -> Result:
    """New groups beside a connection and a rule that are there; the bound is what the requests take."""
    name = f"{named('apply', size)} at {latency * 1000:.0f} ms"
    what, goal = f"wall / ({size:,} x latency / {IN_FLIGHT})", TIMES_BOUND.get(size)
    try:
        with bench.staged(Shape(0)) as stage:
            stage.write(Shape(size))
            stage.settle(latency)
            wall = stage.apply()().wall
    except Unmeasured as fault:
        return Result(name, what, goal, None, told=str(fault))
    return ratio(name, what, goal, wall, size * latency / IN_FLIGHT)
