"""What a YAML file holds: texts, lists and mappings, each with its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from pingconf.model.errors import Place


class Mark(Protocol):
    """A position as the parser notes it: `line` and `column` count from 0; `name` is that of the file."""

    name: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text. `plain` says that it had no quotes, so that `true` and `"true"` can be told apart."""

    text: str
    plain: bool
    place: Place
    references: tuple[Place, ...] = field(default=(), compare=False, repr=False)  # where each `${` stands


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping with its value."""

    key: Scalar
    value: Node


# Of a large file nearly everything is plain text that is copied once and never asked for its place. So that
# stays what the parser noted, and becomes a node when somebody asks: to make all of them takes longer than
# to parse the file.
Words: TypeAlias = "tuple[str, Mark] | tuple[str, Mark, bool]"
"""A text without `${`, where it stands, and False behind it if it had quotes."""
Pair: TypeAlias = "tuple[Mark, Node] | tuple[Mark, str, Mark] | tuple[Mark, str, Mark, bool]"
"""Where a plain key stands, and its value: a node, or what `Words` says of a text."""


class Sequence:
    """A list of nodes. Nothing of it changes once it is read.

    `parts` are the same elements in the form of the least work.
    """

    __slots__ = ("_at", "_elements", "parts")

    def __init__(self, parts: list[Node | Words], at: Mark | Place) -> None:
        self.parts = parts
        self._at = at
        self._elements: tuple[Node, ...] | None = None

    @property
    def elements(self) -> tuple[Node, ...]:
        """Every node of the list, in the order of the file."""
        if self._elements is None:
            self._elements = tuple(
                Scalar(part[0], len(part) == 2, place_of(part[1])) if isinstance(part, tuple) else part
                for part in self.parts
            )
        return self._elements

    @property
    def place(self) -> Place:
        return place_of(self._at)


class Mapping:
    """Keys with values, in the order of the file; no key comes twice. Nothing of it changes once it is read.

    `parts` are the same entries by their keys, in the form of the least work.
    """

    __slots__ = ("_at", "_entries", "parts")

    def __init__(self, entries: Iterable[Entry], at: Mark | Place) -> None:
        self.parts: dict[str, Entry | Pair] = {}
        for entry in entries:
            self.parts[entry.key.text] = entry
        self._at = at
        self._entries: tuple[Entry, ...] | None = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every key with its value, in the order of the file."""
        if self._entries is None:
            self._entries = tuple(_entry(key, part) for key, part in self.parts.items())
        return self._entries

    def get(self, key: str) -> Entry | None:
        """The entry with this key, or None."""
        part = self.parts.get(key)
        return None if part is None else _entry(key, part)

    @property
    def place(self) -> Place:
        return place_of(self._at)


Node: TypeAlias = Scalar | Sequence | Mapping


def key_place(part: Entry | Pair) -> Place:
    """Where the key of an entry stands."""
    return part.key.place if isinstance(part, Entry) else place_of(part[0])


def place_of(at: Mark | Place) -> Place:
    """The place that a mark of the parser means."""
    return at if isinstance(at, Place) else Place(at.name, at.line + 1, at.column + 1)


def _entry(key: str, part: Entry | Pair) -> Entry:
    if isinstance(part, Entry):
        return part
    named = Scalar(key, True, place_of(part[0]))
    if len(part) == 2:
        return Entry(named, part[1])
    return Entry(named, Scalar(part[1], len(part) == 3, place_of(part[2])))
