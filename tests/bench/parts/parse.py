"""How fast YAML becomes values with places, beside PyYAML's fastest loader, which keeps no places."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.bench import parsing
from tests.bench.bench import Bench, named
from tests.bench.generator import Shape, write
from tests.bench.measure import PYTHON, Program, Unmeasured
from tests.bench.report import Result, ratio
from tests.bench.stage import PATIENCE, ROOT

GOALS: Final = {1_000: 2.5, 10_000: 4.0}
"""Times as fast as PyYAML."""
GROWTH: Final = 12.0
WHAT: Final = "cpu of yaml.load(CSafeLoader) / ours"


def results(bench: Bench) -> Iterator[Result]:
    """Each size, and how it grows."""
    ours: dict[int, float] = {}
    for size in bench.sizes(1_000, 10_000):
        folder = bench.new_folder()
        folder.mkdir(parents=True)
        write(folder, Shape(size), bench.per_file)
        files = map(str, sorted(folder.glob("*.yaml")))
        reads = (PYTHON, str(Path(parsing.__file__)), str(bench.rounds), *files)
        try:
            told = json.loads(Program(reads, folder, {"PYTHONPATH": str(ROOT)}, patience=PATIENCE)().out)
        except Unmeasured as fault:
            yield Result(named("parse", size), WHAT, GOALS.get(size), None, told=str(fault), at_least=True)
            continue
        ours[size] = told["ours"]
        goal = GOALS.get(size)
        yield ratio(named("parse", size), WHAT, goal, told["theirs"], told["ours"], at_least=True)
    if len(ours) == len(GOALS):
        large, small = ours[10_000], ours[1_000]
        yield ratio("parse", "cpu of 10,000 / of 1,000", GROWTH, large, small)
