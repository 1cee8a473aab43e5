"""Reads the same files with pingconf and with PyYAML in turn; prints the seconds of processor of each.

python parsing.py ROUNDS FILE...
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import yaml

from pingconf.config.files import read_files


def with_pingconf(paths: Sequence[Path]) -> None:
    """Everything in the files, each value with its place."""
    _, faults = read_files(paths)
    if faults:
        raise SystemExit(str(faults[0].headline))


def with_pyyaml(paths: Sequence[Path]) -> None:
    """Everything in the files, as PyYAML's fastest loader gives it: without places."""
    for path in paths:
        yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)


def clocked(read: Callable[[Sequence[Path]], None], paths: Sequence[Path]) -> float:
    """Seconds of processor for reading the files once."""
    gc.collect()
    began = time.process_time()
    read(paths)
    return time.process_time() - began


def main(rounds: str, *files: str) -> None:
    """Read in turn, and print the medians."""
    paths = [Path(file) for file in files]
    readers = {"ours": with_pingconf, "theirs": with_pyyaml}
    taken: dict[str, list[float]] = {name: [] for name in readers}
    for _ in range(int(rounds)):
        for name, read in readers.items():
            taken[name].append(clocked(read, paths))
    sys.stdout.write(json.dumps({name: statistics.median(some) for name, some in taken.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
