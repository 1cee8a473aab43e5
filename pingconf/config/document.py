"""YAML files as nodes with places: every input ends in a document or in faults, never in an exception.

YAML here is the small, safe part of it: mappings, sequences and text. The nodes are made from the parser's
events, one at a time, and reading stops at the first event too many. So nothing is expanded, no text is
turned into a date, a number or an object, and depth costs nothing: libyaml's parser keeps its own stack on
the heap, and what dies of deep nesting in PyYAML is the composer, which is not used.

Most of a large file are plain keys with plain texts; `_mapping` and `_sequence` keep those as they come.
Whatever may be more than that goes through `_node`, which looks at everything.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any, NoReturn

import yaml

from pingconf.config import leaks, prescan
from pingconf.config.memory import no_searches
from pingconf.config.nodes import Entry, Mapping, Node, Scalar, Sequence, Words, key_place, place_of
from pingconf.config.source import Source
from pingconf.config.syntax import explain
from pingconf.model.errors import Fault

__all__ = ["MAX_DEPTH", "MAX_NODES", "Entry", "Mapping", "Node", "Scalar", "Sequence", "read_document"]

MAX_DEPTH = 50
MAX_NODES = 500_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SCALAR: Any = yaml.ScalarEvent
_MAPPING_END: Any = yaml.MappingEndEvent
_SEQUENCE_END: Any = yaml.SequenceEndEvent


def read_document(data: bytes, file: str) -> tuple[Mapping | None, tuple[Fault, ...]]:
    """The mapping a YAML file holds, and every fault of its text, in the order of the file.

    Never raises. A mapping that comes with faults is complete (of a duplicate key the first one stays) and
    good for finding more faults; it must not be acted on. Where a part could not be kept, it is None.
    """
    with no_searches():
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


class _Stream(BytesIO):
    """The text of a file for the parser, whose marks then bear the name of the file."""

    def __init__(self, source: Source) -> None:
        super().__init__(source.text.encode())
        self.name = source.file


class _Reader:
    """Turns the events of one file into nodes and collects what is wrong with them."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._next: Any = _LOADER(_Stream(source)).get_event
        self._room = MAX_NODES
        self._texts: list[tuple[int, int]] = []  # the spans of block and quoted texts that run over lines
        self.faults: list[Fault] = list(leaks.written_secrets(source))
        self._secret_lines = {fault.place.line for fault in self.faults if fault.place}
        self._wary = leaks.may_hide_secrets(source.text)
        self._marked = "&" in source.text or "!" in source.text  # else there is no anchor and no tag
        self.complete = not self.faults

    def read(self) -> Mapping | None:
        try:
            root = self._document()
        except _Stop:
            self.complete = False
            return None
        except Exception as error:  # PyYAML also lets ValueError, IndexError and others out for odd input
            self._broken_off(error)
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

    def _node(self, event: Any, depth: int) -> Node | None:
        self._room -= 1
        offset = event.start_mark.index
        if self._room < 0:
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
            return self._sequence(event.start_mark, depth + 1)
        return self._mapping(event.start_mark, depth + 1)

    def _sequence(self, start: Any, depth: int) -> Sequence:
        parts: list[Node | Words] = []
        following = self._next
        while (event := following()).__class__ is not _SEQUENCE_END:
            if event.__class__ is _SCALAR and self._room > 0 and self._is_simple(event):
                self._room -= 1
                self._note(event)
                words = (event.value, event.start_mark)
                parts.append((*words, False) if event.style else words)
            elif (element := self._node(event, depth)) is not None:
                parts.append(element)
        return Sequence(parts, start)

    def _mapping(self, start: Any, depth: int) -> Mapping:
        mapping = Mapping((), start)
        parts, following, room = mapping.parts, self._next, self._room
        careful, scalar, end = self._wary or self._marked, _SCALAR, _MAPPING_END
        while (event := following()).__class__ is not end:
            name = event.value if event.__class__ is scalar and not event.style else "<<"
            odd = careful and not self._is_simple(event)
            if odd or room < 2 or name == "<<" or name in parts or "${" in name:
                self._room = room
                key = self._node(event, depth)
                self._enter(parts, key, self._node(following(), depth), event.start_mark)
                room = self._room
                continue
            value = following()
            if value.__class__ is scalar and "${" not in (text := value.value):
                style = value.style
                if (style != '"' and not careful) or self._is_simple(value):
                    room -= 2
                    if style:
                        self._note(value)
                        parts[name] = (event.start_mark, text, value.start_mark, False)
                    else:
                        parts[name] = (event.start_mark, text, value.start_mark)
                    continue
            self._room = room - 1
            if (node := self._node(value, depth)) is not None:
                parts[name] = (event.start_mark, node)
            room = self._room
        self._room = room
        return mapping

    def _is_simple(self, event: Any) -> bool:
        """Whether it is a text and nothing that `_node` looks at: no anchor, no `${`, nothing hidden."""
        if event.__class__ is not _SCALAR or event.anchor is not None or event.tag is not None:
            return False
        return "${" not in event.value and self._is_verbatim(event)

    def _is_verbatim(self, event: Any) -> bool:
        """Whether the scan of the file has seen this text as it is, so that it cannot hide anything.

        Only double quotes take escapes. What is put together of several lines has blanks where they met, and
        no secret has those, unless the file made us wary.
        """
        if event.style != '"' and not self._wary:
            return True
        begin, end, text = event.start_mark, event.end_mark, event.value
        around = 2 if event.style else 0
        in_one_line = begin.line == end.line and end.index - begin.index == len(text) + around
        return in_one_line and not (self._wary and "://" in text)

    def _enter(self, parts: dict[str, Any], key: Node | None, value: Node | None, start: Any) -> None:
        offset = start.index
        if key is None:
            return
        if not isinstance(key, Scalar):
            seen = "a list" if isinstance(key, Sequence) else "a mapping"
            advice = "A key is one text. Put quotes around it if it starts with [ or {."
            self._drop(f"A key is {seen}", offset, advice)
        elif key.plain and key.text == "<<":
            self._drop('A merge key ("<<") is not allowed', offset, "Write the keys out.")
        elif key.text in parts:
            name = "" if leaks.looks_like_secret(key.text) else f' "{prescan.shown(key.text)}"'
            first = f"It was written before at {key_place(parts[key.text])}."
            self._add(f"Duplicate key{name}", offset, first, "Keep one of the two.")
        elif value is not None:
            parts[key.text] = Entry(key, value)

    def _scalar(self, event: Any) -> Scalar:
        self._note(event)
        if not self._is_verbatim(event):
            self._hidden(event)
        return Scalar(event.value, not event.style, place_of(event.start_mark), self._references(event))

    def _note(self, event: Any) -> None:
        start, end = event.start_mark, event.end_mark
        if event.style and end.line != start.line:
            self._texts.append((start.index, end.index))

    def _hidden(self, event: Any) -> None:
        """Faults for what the text of the file does not show: what was escaped, or put together of lines."""
        start, end = event.start_mark, event.end_mark
        if (refused := prescan.refused_character(event.value)) is not None:
            self._drop(f"{refused} in a text", start.index, "It was written as an escape. Take it out.")
        kind = leaks.looks_like_secret(event.value)
        if kind is not None and self._secret_lines.isdisjoint(range(start.line + 1, end.line + 2)):
            self.faults.append(leaks.secret_fault(kind, self._source.place(start.index)))
            self.complete = False

    def _references(self, event: Any) -> tuple[Any, ...]:
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

    def _broken_off(self, error: Exception) -> None:
        """Tells a syntax error; blanks that only look like indentation explain it best."""
        noticed = getattr(error, "problem_mark", None)
        offset = self._end_of_the_last_event(error) if noticed is None else noticed.index
        blanks = prescan.indentation_faults(self._source, offset + 1, self._texts)
        self.faults += blanks or [explain(error, self._source, offset)]

    def _end_of_the_last_event(self, error: Exception) -> int:
        """Where the parser was; asked once more, so that no fault of ours is taken for one of the file."""
        following, offset = _LOADER(_Stream(self._source)).get_event, 0
        try:
            while (event := following()) is not None:
                offset = event.end_mark.index
        except type(error):
            return offset
        raise error


def _is_empty(event: Any) -> bool:
    return isinstance(event, yaml.ScalarEvent) and not event.value and not event.style and event.tag is None
