"""The journal: what happened since the state was last written, one line per entry.

A line is JSON with a CRC that also covers all lines before it, so no line can be lost, moved or taken from
another journal unseen. The first line says which version of the state the journal continues. A last line
that lacks its end was never acknowledged and is ignored; every other damage is a StateError.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pingconf.backends import disk
from pingconf.backends.codec import FORMAT_VERSION, other_format
from pingconf.backends.entries import entry_from_json, entry_to_json
from pingconf.backends.shape import parse_json
from pingconf.model.errors import StateError
from pingconf.model.state import Entry, State, advance


@dataclass(frozen=True, slots=True)
class Written:
    """What a journal file holds: the version of the state it continues, and the entries.

    `length` is where the last whole line ends, in bytes, and `crc` what the next line goes on from.
    """

    lineage: str
    serial: int
    entries: tuple[Entry, ...]
    length: int
    crc: int


def parse(data: bytes, path: Path | str) -> Written | None:
    """What was acknowledged; None if nothing was. Raises StateError for damage."""
    crc, length, documents = 0, 0, list[dict[str, Any]]()
    try:
        for line in _whole_lines(data):
            document, crc = _read_line(line, crc)
            length += len(line) + 1
            documents.append(document)
        _refuse_lost_end(data[length:], crc)
        if not documents:
            return None
        if other := other_format(documents[0]):
            raise _unusable(path, other)
        lineage, serial = _version(documents[0])
        entries = tuple(entry_from_json(document["entry"]) for document in documents[1:])
    except (ValueError, KeyError) as error:
        raise _unusable(path, f"is damaged in line {len(documents) + 1}: {error}") from error
    return Written(lineage, serial, entries, length, crc)


def restore(state: State | None, written: Written | None, path: Path | str) -> State | None:
    """The state as of the last entry. A journal that is part of the state already adds nothing."""
    if written is None or is_compacted(state, written):
        return state
    begun = state or State(written.lineage)
    if (begun.lineage, begun.serial) != (written.lineage, written.serial):
        found = f"version {state.serial} of {state.lineage}" if state else "no state at all"
        continues = f"continues version {written.serial} of {written.lineage}"
        raise _unusable(path, f"{continues}, but beside it lies {found}")
    for entry in written.entries:
        begun = advance(begun, entry)
    return begun


def is_compacted(state: State | None, written: Written) -> bool:
    """Whether the state holds these entries already: the run died between writing it and removing them."""
    return state is not None and state.lineage == written.lineage and state.serial > written.serial


class JournalFile:
    """A journal that is being written, from its first entry on.

    After one failure it takes nothing more: what it holds then is whole up to a last line that may be torn.
    """

    def __init__(self, path: Path, state: State, written: Written | None) -> None:
        """Go on behind `written`, or begin a new file that continues `state`."""
        self._path = path
        self._crc = written.crc if written else 0
        self._unwritten = b""
        self.broken = False
        with disk.explained("write", path):
            if written:
                self._fd = disk.reopen_file(path, written.length)
            else:
                header = {"format_version": FORMAT_VERSION, "lineage": state.lineage, "serial": state.serial}
                self._unwritten, self._crc = _line(header, 0)
                self._fd = disk.create_file(path)

    def append(self, entry: Entry) -> None:
        """Add one line: one write and one fsync, however large the state is."""
        if self.broken:
            raise StateError(f"{self._path} takes no more entries after its first failure")
        line, crc = _line({"entry": entry_to_json(entry)}, self._crc)
        self.broken = True
        with disk.explained("write", self._path):
            disk.write_durably(self._fd, self._unwritten + line)
            if self._unwritten:
                disk.sync_folder(self._path.parent)
        self._unwritten, self._crc, self.broken = b"", crc, False

    def close(self) -> None:
        """Let go of the file; it stays where it is and takes nothing more."""
        fd, self._fd, self.broken = self._fd, -1, True
        if fd >= 0:
            disk.close_file(fd)


def _line(document: dict[str, Any], crc: int) -> tuple[bytes, int]:
    body = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")
    crc = zlib.crc32(body, crc)
    return b'{"crc":"%08x",%b\n' % (crc, body[1:]), crc


def _read_line(line: bytes, crc: int) -> tuple[dict[str, Any], int]:
    body = b"{" + line[18:]
    crc = zlib.crc32(body, crc)
    if line[:18] != b'{"crc":"%08x",' % crc:
        raise ValueError("its checksum does not match")
    document = parse_json(body)
    if not isinstance(document, dict):
        raise ValueError("an object was expected")
    return document, crc


def _version(header: dict[str, Any]) -> tuple[str, int]:
    lineage, serial = header["lineage"], header["serial"]
    if not isinstance(lineage, str) or not isinstance(serial, int):
        raise ValueError("its first line names no version of a state")
    return lineage, serial


def _whole_lines(data: bytes) -> Iterator[bytes]:
    yield from data.split(b"\n")[:-1]


def _refuse_lost_end(rest: bytes, crc: int) -> None:
    """A rest that is a whole line with another last byte is damage, not a line that was cut off."""
    try:
        _read_line(rest[:-1], crc)
    except ValueError:
        return
    raise ValueError("its end was overwritten")


def _unusable(path: Path | str, what: str) -> StateError:
    return StateError(
        f"Journal {path} {what}",
        "It holds what an interrupted run did, so it is neither skipped nor guessed at.",
        "Restore the state and the journal that belong together; or, if you know that the state is right"
        " without it, move the journal away and run `pingconf plan`.",
    )
