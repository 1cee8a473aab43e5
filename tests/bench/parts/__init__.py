"""What is measured, a file per part, in the order of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from tests.bench.bench import Bench
from tests.bench.parts import apply, calls, diff, memory, parse, plan, ratelimit, startup, validate
from tests.bench.report import Result

Part = Callable[[Bench], Iterator[Result]]

PARTS: Final[dict[str, Part]] = {
    "startup": startup.results,
    "validate": validate.results,
    "parse": parse.results,
    "calls": calls.results,
    "plan": plan.results,
    "memory": memory.results,
    "diff": diff.results,
    "apply": apply.results,
    "ratelimit": ratelimit.results,
}
"""Each yields its figures as they are taken."""
