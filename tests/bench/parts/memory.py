"""How much memory a plan with nothing to do takes at its peak, beside Terraform."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tests.bench.bench import Bench, named
from tests.bench.measure import Unmeasured
from tests.bench.report import Result

OF_TERRAFORM: Final = {1_000: 1 / 2, 10_000: 1 / 6}
WHAT: Final = "peak / terraform plan's"


def results(bench: Bench) -> Iterator[Result]:
    """Each size; the same runs as those of `plan`."""
    for size in bench.sizes(1_000, 10_000):
        name, goal = named("memory", size), OF_TERRAFORM.get(size)
        try:
            taken = bench.no_op(size)
        except Unmeasured as fault:
            yield Result(name, WHAT, goal, None, told=str(fault))
            continue
        ours = taken["ours"].peak
        if "terraform" not in taken:
            yield Result(name, "peak", None, ours, "MiB")
            continue
        theirs = taken["terraform"].peak
        yield Result(name, WHAT, goal, ours / theirs, told=f"{ours:.0f} MiB / {theirs:.0f} MiB")
