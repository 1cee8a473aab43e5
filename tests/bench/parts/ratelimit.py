"""Many creations under a rate limit: how long they take, how often they are refused, and what is lost."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from tests.bench.bench import FLOOR, Bench, named
from tests.bench.generator import Shape
from tests.bench.measure import Unmeasured
from tests.bench.report import Result, ratio
from tests.bench.server import LIMITED, Call
from tests.bench.stage import IN_FLIGHT, Stage, takes_parallelism

ON_THE_WAY: Final = 0.1
"""Seconds that a request may have been on its way when another one was refused."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `quota` requests in each `seconds`, as in Window."""

    quota: int
    seconds: float
    announced: bool

    def bound(self, passed: int) -> float:
        """Seconds before the last of so many requests can pass."""
        return self.seconds * (math.ceil(passed / self.quota) - 1)


def results(bench: Bench) -> Iterator[Result]:
    """300 groups under 100 requests in 10 s: a limit that the answers tell, and one that nobody knows."""
    size, quota, length = (12, 10, 1.0) if bench.quick else (300, 100, 10.0)
    for announced in (True, False):
        limit = Limit(quota, length, announced)
        name = f"{named('rate limit', size)}, {'announced' if announced else 'unknown'}"
        try:
            yield from _under(bench, name, size, limit)
        except Unmeasured as fault:
            yield Result(name, "wall / bound", 1.1, None, told=str(fault))


def _under(bench: Bench, name: str, size: int, limit: Limit) -> Iterator[Result]:
    floor = bench.python(FLOOR)()
    with bench.staged(Shape(0)) as stage:
        stage.write(Shape(size))
        stage.settle(limit=asdict(limit))
        wall = stage.apply()().wall
        calls = [call for call in stage.calls() if LIMITED in call.target]
        yield from _figures(name, calls, limit)
        passed = sum(call.status != 429 for call in calls)
        yield ratio(name, f"wall / bound for {passed} requests", 1.1, wall, floor.wall + limit.bound(passed))
        yield from _lost_or_doubled(stage, name, size)


def _figures(name: str, calls: Sequence[Call], limit: Limit) -> Iterator[Result]:
    refused = sum(call.status == 429 for call in calls)
    windows = limit.bound(len(calls) - refused) / limit.seconds + 1
    threads = IN_FLIGHT if takes_parallelism() else 1
    most = 0 if limit.announced else threads * windows
    yield Result(name, "429s", most, refused, "answers", f"{len(calls)} requests")
    yield Result(name, "requests sent while a Retry-After ran", 0, hasty(calls), "requests")


def hasty(calls: Sequence[Call]) -> int:
    """How many requests came although an earlier answer had asked to wait longer."""
    waits = [(call.left, call.left + call.retry_after) for call in calls if call.retry_after]
    return sum(any(left + ON_THE_WAY < call.came < until for left, until in waits) for call in calls)


def _lost_or_doubled(stage: Stage, name: str, size: int) -> Iterator[Result]:
    made = Counter(stage.names())
    lost = sum(group.name not in made for group in Shape(size).members())
    yield Result(name, "groups lost", 0, lost, "groups")
    yield Result(name, "groups made twice", 0, sum(count - 1 for count in made.values()), "groups")
