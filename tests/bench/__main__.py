"""`python -m tests.bench [NAME...] [--json FILE] [--quick] [--groups-per-file N]`."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.bench import Bench
from tests.bench.machine import about, look, others
from tests.bench.parts import PARTS
from tests.bench.report import Result, circumstances, document, summary, table


def main(words: Sequence[str]) -> int:
    """Measure, and print what came of it. 1 where something could not be measured, else 0.

    A figure over its goal is no failure: on a busy machine it says little, and whoever runs it reads it.
    """
    given = _read(words)
    with tempfile.TemporaryDirectory(prefix="pingconf-bench-") as folder:
        bench = Bench(Path(folder), given.quick, given.groups_per_file)
        results, found = measure(bench, given.names or list(PARTS))
    sys.stdout.write(f"{table(results)}\n\n{circumstances(found)}\n\n{summary(results)}\n")
    if given.json:
        given.json.write_text(document(results, found), "utf-8")
    return int(any(result.verdict == "failed" for result in results))


def measure(bench: Bench, names: Sequence[str]) -> tuple[list[Result], dict[str, Any]]:
    """The figures of these parts, and the circumstances; each is told on stderr as it is taken."""
    found = about()
    results: list[Result] = []
    busy: dict[str, str] = {}
    for name in names:
        before = look()
        for result in PARTS[name](bench):
            sys.stderr.write(" | ".join(cell for cell in result.row if cell) + "\n")
            results.append(result)
        if share := others(before, look()):
            busy[name] = share
    return results, {**found, "used by others": busy}


def _read(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure pingconf.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these parts: {', '.join(PARTS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--quick", action="store_true", help="three groups, one round: does it work at all?")
    parser.add_argument(
        "--groups-per-file", type=int, default=0, metavar="N", help="split larger configurations into files"
    )
    given = parser.parse_args(words)
    if unknown := [name for name in given.names if name not in PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    if given.groups_per_file < 0:
        parser.error("--groups-per-file takes a number of groups, or 0 for all in one file")
    return given


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running or lying about
    sys.exit(main(sys.argv[1:]))
