"""How many requests a command sends; the same counts are asserted in tests/bench/test_calls.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tests.bench.bench import Bench, named
from tests.bench.counting import FIXED, first_writes, repeated, writes
from tests.bench.generator import Shape
from tests.bench.measure import Unmeasured
from tests.bench.report import Result
from tests.bench.server import Call

FURTHER_PAGES: Final = {1_000: 0, 10_000: 9}
"""Calls above those for one group."""
MORE: Final = "calls above those for one group"
WROTE: Final = "writes missing, or too many"


def results(bench: Bench) -> Iterator[Result]:
    """A plan with nothing to do, a first apply, and what speaks to nobody."""
    try:
        one = _plan(bench, 1)
    except Unmeasured as fault:
        yield Result(named("calls", 1), "calls", FIXED, None, "calls", str(fault))
        return
    rules = Shape(1).rules
    yield Result("calls", "calls of a plan, but for one per rule", FIXED, len(one) - rules, "calls")
    again = repeated(one)
    yield Result("calls", "URLs asked for twice", 0, len(again), "URLs", ", ".join(again))
    for size in bench.sizes(1_000, 10_000):
        goal = FURTHER_PAGES.get(size, 0)
        try:
            more = len(_plan(bench, size)) - len(one)
        except Unmeasured as fault:
            yield Result(named("calls", size), MORE, goal, None, "calls", str(fault))
            continue
        yield Result(named("calls", size), MORE, goal, more, "calls")
    for size in bench.sizes(1_000):
        yield _first(bench, size)


def _plan(bench: Bench, size: int) -> Sequence[Call]:
    with bench.staged(Shape(size)) as stage:
        stage.settle()
        stage.plan()()
        return stage.calls()


def _first(bench: Bench, size: int) -> Result:
    name = named("first apply", size)
    shape = Shape(size)
    try:
        with bench.staged() as stage:
            stage.write(shape)
            stage.apply()()
            calls = stage.calls()
    except Unmeasured as fault:
        return Result(name, WROTE, 0, None, "writes", str(fault))
    found, expected = writes(calls), first_writes(shape)
    wrong = (found - expected) + (expected - found)
    told = f"{found.total():,} writes and {len(calls) - found.total():,} other requests"
    return Result(name, WROTE, 0, wrong.total(), "writes", told)
