"""The journal of a state in an object store: entries as objects that are made once and never changed.

`KEY.journal/SERIAL-NUMBER.json` holds what was appended at a time to the version SERIAL of the state; the
numbers begin at 1 and have no gap. Creating only what is not there fences: of two writers one finds its
number taken, and stops. After each creation the state is looked at once more, so that nobody goes on with a
version that was followed by another.

A version ends in two acts. First the next number is taken by an object without entries: whoever would still
append to this version finds that, or has taken the number, and then it is this writer who stops. Then
the state is replaced if it still is the version that was read. What a dead run left is folded in
this way before anything new is appended, so that the dead run, should it live, can end no version any more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

from pingconf.backends.codec import FORMAT_VERSION, decode, encode, other_format
from pingconf.backends.entries import entry_from_json, entry_to_json
from pingconf.backends.object_store import Objects, Version
from pingconf.backends.shape import as_fields, as_text, as_typed, digest, parse_json
from pingconf.backends.shared_writes import SharedWrites
from pingconf.model.errors import StateError
from pingconf.model.state import Entry, State, advance

LOOKS: Final = 20
"""How often a state is read anew that others write meanwhile."""
BELIEVED: Final = 2
"""How often damage must be seen again before it is believed: others may be at it just now."""
_NAME: Final = re.compile(r"(\d{10})-(\d{8})\.json")
_ABOUT: Final = "format_version lineage serial writer entries checksum"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A state as of its last entry, the version of its object, and the journal's objects that follow it."""

    state: State | None
    version: Version | None
    journal: tuple[str, ...]


class DamagedError(StateError):
    """The journal does not fit to the state, unless both were read while another run wrote them."""


def load(objects: Objects) -> Loaded:
    """The state with its journal replayed, both of one moment. Writes nothing.

    Raises StateError for damage, and where others write all the time.
    """
    key = objects.place.path
    damage: DamagedError | None = None
    for look in range(LOOKS):
        found = objects.get(key)
        base, version = (decode(found.data, objects.where), found.version) if found else (None, None)
        try:
            state, names = _replay(objects, base)
        except DamagedError as error:
            damage = error
        else:
            damage = None
        if objects.version(key) == version:
            if damage is None:
                return Loaded(state, version, names)
            if look >= BELIEVED:
                raise damage
    advice = "Run the command again when the other run has ended."
    raise damage or StateError(f"The state {objects.where} is being written all the time", advice)


def journal_prefix(objects: Objects) -> str:
    """Below what the journal's objects lie."""
    return f"{objects.place.path}.journal/"


def _replay(objects: Objects, base: State | None) -> tuple[State | None, tuple[str, ...]]:
    """The state as of the last entry, and the objects that follow `base`; what is older is in it already.

    Raises DamagedError where something follows a version that is not there, or lacks in the middle.
    """
    state, names = base, _names(objects, base.serial if base else 0)
    for number, name in enumerate(names, 1):
        found = objects.get(name)
        if found is None or not name.endswith(f"-{number:08d}.json"):
            raise _unusable(name, objects, f"is not there, or not all before it: number {number} lacks")
        lineage, serial, entries = _parse(found.data, objects, name)
        state = state or State(lineage)
        if (lineage, serial) != (state.lineage, state.serial):
            follows = f"follows version {serial} of {lineage}"
            raise _unusable(name, objects, f"{follows}, not version {state.serial} of {state.lineage}")
        for entry in entries:
            state = advance(state, entry)
    return state, tuple(names)


def _names(objects: Objects, serial: int) -> list[str]:
    """The objects that follow a version of the state, in their order."""
    prefix = journal_prefix(objects)
    found = [(_NAME.fullmatch(name.removeprefix(prefix)), name) for name in objects.names(prefix)]
    numbered = [(int(match[1]), name) for match, name in found if match]
    for later, name in numbered:
        if later > serial:
            beside = f"version {serial}" if serial else "no state at all"
            raise _unusable(name, objects, f"follows version {later}, but beside it lies {beside}")
    return [name for one, name in numbered if one == serial]


def object_name(objects: Objects, serial: int, number: int) -> str:
    """What the object with the entries of this number is called."""
    return f"{journal_prefix(objects)}{serial:010d}-{number:08d}.json"


def _written(state: State, writer: str, entries: Iterable[Entry]) -> bytes:
    document: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "lineage": state.lineage,
        "serial": state.serial,
    }
    document |= {"writer": writer, "entries": [entry_to_json(one) for one in entries]}
    document["checksum"] = digest(document)
    return json.dumps(document, sort_keys=True, allow_nan=False).encode("ascii")


def _parse(data: bytes, objects: Objects, name: str) -> tuple[str, int, tuple[Entry, ...]]:
    try:
        document = as_typed(parse_json(data), dict, "it")
        if other := other_format(document):
            raise _unusable(name, objects, other)
        found = as_fields(document, "it", _ABOUT)
        checksum = document.pop("checksum")
        if checksum != digest(document):
            raise ValueError("its checksum does not match")
        entries = as_typed(found["entries"], list, "entries")
        lineage, serial = as_text(found["lineage"], "lineage"), as_typed(found["serial"], int, "serial")
        return lineage, serial, tuple(map(entry_from_json, entries))
    except (ValueError, KeyError) as error:
        raise _unusable(name, objects, f"is damaged: {error}") from None


class ObjectJournal:
    """One run's entries, each at the store before it counts; for several threads."""

    def __init__(self, objects: Objects, state: State, loaded: Loaded) -> None:
        self._objects = objects
        self._writer = str(uuid4())
        self._version = loaded.version
        self._names = list(loaded.journal)
        self._foreign = bool(loaded.journal)
        self._appended = False
        self._shared = SharedWrites(objects.where, state, self._write)

    @property
    def state(self) -> State:
        """The state with everything appended so far."""
        return self._shared.state

    def append(self, entry: Entry) -> None:
        """Write one entry down, then count it in; raises StateError if it could not be kept."""
        self._shared.append(entry)

    def close(self) -> None:
        """Make the next version of the state; without any entry, or after a failure, write nothing more."""
        if self._appended and not self._shared.broken:
            self._shared.broken = True
            self._shared.state = self._end_version(self._shared.state)
            self._shared.broken = self._appended = False

    def _write(self, entries: tuple[Entry, ...], after: State) -> State:
        if self._foreign:
            before = self._end_version(self._shared.state)
            after, self._foreign = replace(after, serial=before.serial), False
        self._add(after, entries)
        self._appended = True
        if self._objects.version(self._objects.place.path) != self._version:
            raise self._changed()
        return after

    def _add(self, state: State, entries: Iterable[Entry]) -> None:
        """Take the next number; raises StateError where another run has it."""
        name = object_name(self._objects, state.serial, len(self._names) + 1)
        if self._objects.create(name, _written(state, self._writer, entries)) is None:
            raise self._changed()
        self._names.append(name)

    def _end_version(self, state: State) -> State:
        """The next version, with all entries in it, in place of the one that was read, which stays as
        backup."""
        self._add(state, ())
        after = replace(state, serial=state.serial + 1)
        self._version = replace_state(self._objects, after, self._version)
        if self._version is None:
            raise self._changed()
        names, self._names = self._names, []
        self._objects.delete(*names)
        return after

    def _changed(self) -> StateError:
        advice = ("Nothing was overwritten, and what was written down is kept.", "Run the command again.")
        return StateError(f"State {self._objects.where} was changed by another run meanwhile", *advice)


def replace_state(objects: Objects, state: State, before: Version | None) -> Version | None:
    """Put a state in place of the version that was read, with a copy of that as backup; None where another is
    there."""
    key = objects.place.path
    if before is not None:
        objects.copy(key, f"{key}.backup")
    return objects.replace(key, encode(state), before)


def _unusable(name: str, objects: Objects, what: str) -> DamagedError:
    return DamagedError(
        f"The journal {name} of the state {objects.where} {what}",
        "It holds what an interrupted run did, so it is neither skipped nor guessed at.",
        "Restore the state and the journal that belong together; or, if you know that the state is right"
        " without it, delete the journal's objects and run `pingconf plan`.",
    )
