"""The run log as lines of JSON: what each run that changed something did, the oldest first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pingconf.backends import Run, disk
from pingconf.backends.shape import parse_json
from pingconf.model.errors import StateError


def to_line(run: Run) -> bytes:
    """One run as one line; raises TypeError for anything but plain JSON, a Secret above all."""
    return json.dumps(dict(run), sort_keys=True, allow_nan=False).encode("ascii") + b"\n"


def parse_lines(data: bytes, where: Path | str) -> tuple[dict[str, Any], ...]:
    """All runs; a last line without an end was never acknowledged. Raises StateError for damage."""
    runs = []
    for number, line in enumerate(data[: whole(data)].splitlines(), 1):
        try:
            run = parse_json(line)
            if not isinstance(run, dict):
                raise ValueError("an object was expected")
        except ValueError as error:
            advice = "No decision reads it. Move it away to begin another one."
            raise StateError(f"The run log {where} is damaged in line {number}: {error}", advice) from None
        runs.append(run)
    return tuple(runs)


def whole(data: bytes) -> int:
    """Where the last whole line ends, in bytes."""
    return data.rfind(b"\n") + 1


def append(run: Run, path: Path) -> None:
    """Add one line to the file, durably; what is left of a line that was cut off goes."""
    line = to_line(run)
    before = disk.read_file(path)
    disk.make_folder(path.parent)
    with disk.explained("write", path):
        file = disk.create_file(path) if before is None else disk.reopen_file(path, whole(before))
        try:
            disk.write_durably(file, line)
        finally:
            disk.close_file(file)
        if before is None:
            disk.sync_folder(path.parent)
