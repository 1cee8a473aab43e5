"""Finds and reads the files of a configuration, and puts what they hold together under one root."""

from __future__ import annotations

import stat
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from pingconf.config.document import Entry, Mapping, Node, read_document
from pingconf.config.prescan import MAX_BYTES, shown
from pingconf.config.written import is_empty
from pingconf.model.errors import Fault, Place

ENDINGS: Final = (".yaml", ".yml")


class File(NamedTuple):
    """One file that was read: its path as the user gave it, and its mapping, if it has one."""

    path: Path
    root: Mapping | None

    @property
    def start(self) -> Place:
        return Place(str(self.path), 1, 1)


def find_files(paths: Sequence[Path]) -> tuple[tuple[Path, ...], tuple[Fault, ...]]:
    """The files that the paths name, in order; a folder stands for its YAML files, sorted by name.

    A file that is named twice counts once. Files whose names start with a dot are what editors leave.
    """
    found: dict[Path, Path] = {}
    faults: list[Fault] = []
    for path in paths:
        try:
            files = _in_folder(path) if path.is_dir() else [path]
            for file in files:
                found.setdefault(file.resolve(), file)
        except (OSError, ValueError, RuntimeError) as error:
            faults.append(_unreadable(path, error))
            continue
        if not files:
            faults.append(Fault(f"No configuration in {_told(path)}", None, (_looked_for(path), _START)))
    return tuple(found.values()), tuple(faults)


def read_files(paths: Sequence[Path]) -> tuple[tuple[File, ...], tuple[Fault, ...]]:
    """Every file as a mapping with places, and all that is wrong with their text."""
    files: list[File] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            data = _bytes(path)
        except (OSError, ValueError) as error:
            faults.append(_unreadable(path, error))
            continue
        root, wrong = read_document(data, str(path))
        files.append(File(path, root))
        faults.extend(wrong)
    return tuple(files), tuple(faults)


LONGEST_PATH: Final = 500
"""Characters of a path that a message shows: it must be whole to be of use."""
_START: Final = "Begin with a copy of examples/minimal/pingconf.yaml, or name another file with -f PATH."


def _in_folder(folder: Path) -> list[Path]:
    names = sorted(path for path in folder.iterdir() if path.suffix in ENDINGS)
    return [path for path in names if not path.name.startswith(".") and not path.is_dir()]


def _looked_for(folder: Path) -> str:
    return f"Looked for *.yaml and *.yml in {_told(folder.absolute())}, not in folders below it."


def _told(path: Path) -> str:
    return shown(str(path), LONGEST_PATH)


def _bytes(path: Path) -> bytes:
    """The file's content, or one byte more than allowed; never waits on a pipe."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("it is not a regular file")
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _unreadable(path: Path, error: Exception) -> Fault:
    name = _told(path)
    if isinstance(error, FileNotFoundError):
        return Fault(
            f"No configuration file {name}",
            None,
            (f"Looked for {_told(path.absolute())}.", _START),
        )
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return Fault(f"Configuration file {name} cannot be read: {reason}", None, (_START,))


def merge(roots: Sequence[Mapping], joined: Collection[tuple[str, ...]]) -> tuple[Mapping, tuple[Fault, ...]]:
    """One mapping of several files. Mappings at the paths `joined` are put together; any other key may be
    written in one file only, but for `version`, which every file may repeat."""
    faults: list[Fault] = []
    return _merge(list(roots), (), joined, faults), tuple(faults)


def _merge(
    parts: Sequence[Mapping], path: tuple[str, ...], joined: Collection[tuple[str, ...]], faults: list[Fault]
) -> Mapping:
    by_key: dict[str, list[Entry]] = {}
    for part in parts:
        for entry in part.entries:
            by_key.setdefault(entry.key.text, []).append(entry)
    merged = [_one(entries, (*path, key), joined, faults) for key, entries in by_key.items()]
    return Mapping(tuple(merged), parts[0].place)


def _one(
    entries: Sequence[Entry], path: tuple[str, ...], joined: Collection[tuple[str, ...]], faults: list[Fault]
) -> Entry:
    """The one entry that several files come to, with a fault for each that is too many."""
    first = next((entry for entry in entries if not is_empty(entry.value)), entries[0])
    if len(entries) == 1 or path == ("version",):
        return first
    if path in joined and all(isinstance(entry.value, Mapping) or is_empty(entry.value) for entry in entries):
        parts = [entry.value for entry in entries if isinstance(entry.value, Mapping)]
        value: Node = _merge(parts, path, joined, faults) if parts else first.value
        return Entry(first.key, value)
    for entry in entries[1:]:
        details = (f"It was written before at {entries[0].key.place}.", "Keep one of the two.")
        within = f" in {'.'.join(path[:-1])}" if len(path) > 1 else ""
        faults.append(Fault(f'Duplicate key "{shown(path[-1])}"{within}', entry.key.place, details))
    return entries[0]
