"""YAML files as nodes with places: every input ends in a document or in faults, never in an exception.

YAML here is the small, safe part of it: mappings, sequences and text. The nodes are made from the parser's
events, one at a time, and reading stops at the first event too many. So nothing is expanded, no text is
turned into a date, a number or an object, and depth costs nothing: libyaml's parser keeps its own stack on
the heap, and what dies of deep nesting in PyYAML is the composer, which is not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias

import yaml

from pingconf.config import prescan
from pingconf.model.errors import Fault, Place

MAX_DEPTH = 50
MAX_NODES = 10_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# What PyYAML's words (those of its C and of its Python parser) mean to somebody who writes a configuration: a
# headline and what to do. Of the file a message shows one character at most: more could be part of a secret.
_TOLD_WHERE_IT_BEGAN = {
    r"unexpected (end of stream|document)": "A quote is not closed\n"
    "End the text with the same quote. Put double quotes around a text with an apostrophe.",
    r"could not find expected ':'": 'A ":" is missing behind a key\n'
    'Write "key: value", with a blank behind the colon. Indent the further lines of a text.',
    r"alphabetic or numeric": 'A text cannot start with "*" or "&"\nPut quotes around the text.',
    r"tag|expected '>'": 'A text cannot start with "!"\nPut quotes around it; YAML tags are not allowed.',
}
_TOLD_WHERE_IT_SHOWED = {
    r"mapping values are not allowed": 'Unexpected ":" in a value\nPut quotes around the whole value.',
    r"cannot start any token": "A text cannot start with {seen}\nPut quotes around the text.",
    r"',' or '[\]}]'": "A list or mapping in brackets breaks off at {seen}\n"
    "Put commas between the values, close the bracket, and put quotes around ${{…}} in brackets.",
    r"escape|hexa?decimal|chr\(\)": "Invalid escape in double quotes\n"
    "Put single quotes around a text with a backslash, or write the backslash twice.",
    r"entries are not allowed": "A list cannot start here\n"
    'Start it on a line of its own, or put quotes around a text that starts with "- ".',
    r"keys are not allowed": 'A text cannot start with "? "\nPut quotes around the text.',
    r"line break|indentation indicator|indicators": 'Unexpected text behind "|" or ">"\n'
    "The text starts on the next line, indented. Put quotes around a value that starts with | or >.",
    r"node content": "A value is missing before {seen}\nWrite the value, or delete what is too much.",
    r"<document start>": "Unexpected text behind the end of the document\n"
    "All keys stand in one mapping. Delete the closing bracket or the three dots before this place.",
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text. `plain` says that it had no quotes, so that `true` and `"true"` can be told apart."""

    text: str
    plain: bool
    place: Place
    references: tuple[Place, ...] = field(default=(), compare=False, repr=False)  # where each `${` stands


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    elements: tuple[Node, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping with its value."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with values, in the order of the file; no key comes twice."""

    entries: tuple[Entry, ...]
    place: Place


Node: TypeAlias = Scalar | Sequence | Mapping


def read_document(data: bytes, file: str) -> tuple[Mapping | None, tuple[Fault, ...]]:
    """The mapping a YAML file holds, and every fault of its text, in the order of the file.

    Never raises. A mapping that comes with faults is complete (of a duplicate key the first one stays) and
    good for finding more faults; it must not be acted on. Where a part could not be kept, it is None.
    """
    source, unreadable = prescan.read_text(data, file)
    if source is None:
        return None, _ordered(unreadable)
    reader = _Reader(source)
    root = reader.read()
    return (root if reader.complete else None), _ordered(reader.faults)


def _ordered(faults: list[Fault] | tuple[Fault, ...]) -> tuple[Fault, ...]:
    return tuple(
        sorted(faults, key=lambda fault: (fault.place.line, fault.place.column) if fault.place else (0, 0))
    )


class _Stop(Exception):
    """Ends the reading of a file; its fault is recorded already."""


class _Reader:
    """Turns the events of one file into nodes and collects what is wrong with them."""

    def __init__(self, source: prescan.Source) -> None:
        self._source = source
        self._events: Iterator[Any] = yaml.parse(source.text, Loader=_LOADER)
        self._count = 0
        self._offset = 0  # where the last event ended
        self._texts: list[tuple[int, int]] = []  # the spans of block and quoted texts that run over lines
        self.faults: list[Fault] = list(prescan.written_secrets(source))
        self._secret_lines = {fault.place.line for fault in self.faults if fault.place}
        self.complete = not self.faults

    def read(self) -> Mapping | None:
        try:
            root = self._document()
        except _Stop:
            self.complete = False
            return None
        blanks = prescan.indentation_faults(self._source, len(self._source.text), self._texts)
        self.faults += blanks
        return None if blanks else root

    def _document(self) -> Mapping | None:
        self._next()
        start = self._next()
        event = start if isinstance(start, yaml.StreamEndEvent) else self._next()
        if isinstance(event, yaml.StreamEndEvent) or _is_empty(event):
            self._stop("The file is empty", 0, "A configuration starts with: version: 1")
        root = self._node(event, 0)
        self._next()
        if not isinstance(following := self._next(), yaml.StreamEndEvent):
            self._add(
                "A second document starts here",
                following.start_mark.index,
                "A configuration file holds one document. Put the second one into a file of its own.",
            )
        if root is not None and not isinstance(root, Mapping):
            seen = "a list" if isinstance(root, Sequence) else "one text"
            advice = "Write keys at the top, such as version, infisical and pingone."
            self._add(f"The file holds {seen}, not a mapping of keys", event.start_mark.index, advice)
        return root if isinstance(root, Mapping) else None

    def _next(self) -> Any:
        try:
            event = next(self._events)
        except yaml.YAMLError as error:
            self._syntax(error)
        except Exception as error:  # PyYAML also lets ValueError, IndexError and others out for odd input
            self._syntax(error)
        self._offset = event.end_mark.index
        return event

    def _node(self, event: Any, depth: int) -> Node | None:
        self._count += 1
        offset = event.start_mark.index
        if self._count > MAX_NODES:
            advice = f"At most {MAX_NODES:,} keys and values are allowed. Split it and pass a folder with -f."
            self._stop("The file holds too many values", offset, advice)
        # Their names are not shown: a password that starts with one of these characters looks the same.
        if isinstance(event, yaml.AliasEvent):
            self._drop('An alias ("*…") is not allowed', offset, "Write the value out, or quote the text.")
            return None
        if event.anchor is not None:
            self._add('An anchor ("&…") is not allowed', offset, "Delete it, or quote the text.")
        if event.tag is not None:
            self._add('A tag ("!…") is not allowed', offset, "Delete it, or quote the text.")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if depth == MAX_DEPTH:
            self._stop("The file is nested too deeply", offset, f"At most {MAX_DEPTH} levels are allowed.")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(offset, depth + 1)
        return self._mapping(offset, depth + 1)

    def _sequence(self, offset: int, depth: int) -> Sequence:
        elements: list[Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            element = self._node(event, depth)
            if element is not None:
                elements.append(element)
        return Sequence(tuple(elements), self._source.place(offset))

    def _mapping(self, offset: int, depth: int) -> Mapping:
        entries: dict[str, Entry] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._node(event, depth)
            value = self._node(self._next(), depth)
            if isinstance(key, Scalar):
                self._enter(entries, key, value, event.start_mark.index)
            elif key is not None:
                seen = "a list" if isinstance(key, Sequence) else "a mapping"
                advice = "A key is one text. Put quotes around it if it starts with [ or {."
                self._drop(f"A key is {seen}", event.start_mark.index, advice)
        return Mapping(tuple(entries.values()), self._source.place(offset))

    def _enter(self, entries: dict[str, Entry], key: Scalar, value: Node | None, offset: int) -> None:
        if key.plain and key.text == "<<":
            self._drop('A merge key ("<<") is not allowed', offset, "Write the keys out.")
        elif key.text in entries:
            name = "" if prescan.looks_like_secret(key.text) else f' "{prescan.shown(key.text)}"'
            first = f"It was written before at {entries[key.text].key.place}."
            self._add(f"Duplicate key{name}", offset, first, "Keep one of the two.")
        elif value is not None:
            entries[key.text] = Entry(key, value)

    def _scalar(self, event: Any) -> Scalar:
        start, end = event.start_mark, event.end_mark
        if event.style and end.line > start.line:
            self._texts.append((start.index, end.index))
        if (refused := prescan.refused_character(event.value)) is not None:
            self._drop(f"{refused} in a text", start.index, "It was written as an escape. Take it out.")
        # A plain text on one line was seen by the scan of the file, which only leaves URLs to the nodes.
        scanned = not event.style and start.line == end.line and "://" not in event.value
        kind = None if scanned else prescan.looks_like_secret(event.value)
        if kind is not None and self._secret_lines.isdisjoint(range(start.line + 1, end.line + 2)):
            self.faults.append(prescan.secret_fault(kind, self._source.place(start.index)))
            self.complete = False
        return Scalar(event.value, not event.style, self._source.place(start.index), self._references(event))

    def _references(self, event: Any) -> tuple[Place, ...]:
        """Where each `${` of a text stands; nothing if an escape hides one and they cannot be counted off."""
        if "${" not in event.value:
            return ()
        spots = re.finditer(r"\$\{", self._source.text[event.start_mark.index : event.end_mark.index])
        places = tuple(self._source.place(event.start_mark.index + spot.start()) for spot in spots)
        return places if len(places) == event.value.count("${") else ()

    def _add(self, headline: str, offset: int, *details: str) -> None:
        self.faults.append(Fault(headline, self._source.place(offset), details))

    def _drop(self, headline: str, offset: int, *details: str) -> None:
        """A fault for a part that is not kept."""
        self._add(headline, offset, *details)
        self.complete = False

    def _stop(self, headline: str, offset: int, *details: str) -> NoReturn:
        self._add(headline, offset, *details)
        raise _Stop

    def _syntax(self, error: Exception) -> NoReturn:
        """Tells a syntax error in our words; blanks that only look like indentation explain it best."""
        noticed, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
        offset = self._offset if noticed is None else noticed.index
        if blanks := prescan.indentation_faults(self._source, offset + 1, self._texts):
            self.faults += blanks
            raise _Stop
        seen = self._source.seen(offset)
        problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
        before = self._source.text[:offset].rpartition("\n")[2]
        if "mapping values" in problem and ":" not in before and before.strip(" -"):
            advice = 'Its line is indented too far, or the line before lacks a blank behind its ":".'
            self._stop("A key cannot stand here", offset - len(before.lstrip()), advice)
        for meanings, mark in ((_TOLD_WHERE_IT_BEGAN, begun), (_TOLD_WHERE_IT_SHOWED, None)):
            for words, meaning in meanings.items():
                if re.search(words, problem):
                    headline, *details = meaning.format(seen=seen).split("\n")
                    if "brackets" in headline and begun:
                        details.insert(0, f"The bracket opens at {self._source.place(begun.index)}.")
                    self._stop(headline, mark.index if mark else offset, *details)
        if noticed is None:
            self._stop("This is not YAML", offset, "See what stands here and before it.")
        if before.strip(" -"):
            advice = "Put the whole value into quotes, of the kind that it does not hold itself."
            self._stop(f"Unexpected text behind a value: {seen}", offset, advice)
        details = ["Keys of one mapping, and elements of one list, start in the same column."]
        if begun:
            details.insert(0, f"What it could belong to starts at {self._source.place(begun.index)}.")
        self._stop("Wrong indentation", offset, *details)


def _is_empty(event: Any) -> bool:
    return isinstance(event, yaml.ScalarEvent) and not event.value and not event.style and event.tag is None
