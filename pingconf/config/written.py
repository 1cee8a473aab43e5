"""What a part of the file says, as text, and where each of its values stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from pingconf.config import document
from pingconf.config.interpolation import Sources, interpolate, is_reference
from pingconf.config.leaks import looks_like_secret
from pingconf.config.prescan import shown
from pingconf.model.errors import Fault, Place

Path: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys, and numbers of elements counted from 0."""

_NOTHING: Final = ("", "~", "null", "Null", "NULL")
_MANY: Final = 200  # so many names are not searched for a similar one: that takes long for many mistakes
_SHORT: Final = 16  # longer texts may be secrets; a message does not repeat them


@dataclass(slots=True)
class Written:
    """A part of the file as plain dicts, lists and texts; a value that is empty there is None.

    A value whose `${…}` could not be filled in is an empty text and its path is in `broken`. `filled` are
    the values that came from outside, at least in part: no message may repeat them.
    """

    value: Any = None
    root: document.Node | None = None
    broken: set[Path] = field(default_factory=set)
    filled: dict[Path, tuple[str, str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def node(self, path: Path) -> document.Node | None:
        """What stands at the path, or None where nothing does."""
        node = self.root
        for part in path:
            if isinstance(node, document.Mapping) and isinstance(part, str):
                entry = node.get(part)
                node = entry.value if entry else None
            elif isinstance(node, document.Sequence) and isinstance(part, int):
                node = node.elements[part] if part < len(node.parts) else None
            else:
                return None
        return node

    def key(self, path: Path) -> Place | None:
        """Where the key that a path ends in stands; None where it was not written."""
        holder = self.node(path[:-1]) if path else None
        entry = holder.get(str(path[-1])) if isinstance(holder, document.Mapping) else None
        return entry.key.place if entry else None

    def place(self, path: Path) -> Place | None:
        """Where a value stands, or what holds it if it was not written; None if nothing of it was."""
        asked = path
        while path and self.node(path) is None:
            path = path[:-1]
        node = self.node(path)
        return node.place if node is not None and (path or not asked) else None

    def is_broken(self, path: Path) -> bool:
        """Whether the value, or what holds it, has a fault of its own already."""
        return any(path[:length] in self.broken for length in range(len(path) + 1))

    def seen(self, path: Path) -> str:
        """What stands at the path: its type, or its text if that is short and stands in the file."""
        node = self.node(path)
        if isinstance(node, document.Mapping):
            return "a mapping" if node.parts else "an empty mapping"
        if isinstance(node, document.Sequence):
            return "a list" if node.parts else "an empty list"
        if node is None or is_empty(node):
            return "nothing"
        if path in self.filled:
            return (
                f"what {shown(node.text)} stands for" if is_reference(node.text) else "a text not shown here"
            )
        return f'"{shown(node.text)}"' if self.may_show(path) else f"{len(node.text)} characters"

    def may_show(self, path: Path) -> bool:
        """Whether a message may repeat the text at the path."""
        node = self.node(path)
        if not isinstance(node, document.Scalar) or len(node.text) > _SHORT or "@" in node.text:
            return False
        return path not in self.filled and path not in self.broken

    def masked(self, text: str) -> str:
        """The text of a message without anything that came from outside."""
        pieces: set[str] = set()
        for before, after in self.filled.values():
            pieces.update(
                {after, *after.split(), *re.findall(r"\w+", after)} - set(re.findall(r"\w+", before))
            )
        for piece in sorted((piece for piece in pieces if len(piece) > 3), key=len, reverse=True):
            text = text.replace(piece, "…")
        return text


def is_empty(node: document.Node) -> bool:
    """Whether nothing is written: no text, `~` or `null`, without quotes."""
    return isinstance(node, document.Scalar) and node.plain and node.text in _NOTHING


def written(node: document.Node, sources: Mapping[str, Sources]) -> Written:
    """Fill in every `${…}` below a node; `sources` are those of each file."""
    result = Written(root=node)
    result.value = _value(node, (), result, sources)
    return result


def _value(node: document.Node, path: Path, result: Written, sources: Mapping[str, Sources]) -> Any:
    if isinstance(node, document.Mapping):
        values: dict[str, Any] = {}
        for key, part in node.parts.items():
            if isinstance(part, tuple) and len(part) == 3:
                values[key] = _text(part[1])
            elif isinstance(part, tuple) and len(part) == 4:
                values[key] = part[1]
            else:
                inner = part.value if isinstance(part, document.Entry) else part[1]
                values[key] = _value(inner, (*path, key), result, sources)
        return values
    if isinstance(node, document.Sequence):
        return [
            (_text(part[0]) if len(part) == 2 else part[0])
            if isinstance(part, tuple)
            else _value(part, (*path, index), result, sources)
            for index, part in enumerate(node.parts)
        ]
    return _filled_in(node, path, result, sources)


def _text(text: str) -> str | None:
    """What a plain text without `${` means."""
    return None if len(text) < 5 and text in _NOTHING else text


def _filled_in(
    node: document.Scalar, path: Path, result: Written, sources: Mapping[str, Sources]
) -> str | None:
    if is_empty(node):
        return None
    if "${" not in node.text:
        return node.text
    text, faults = interpolate(node, sources[node.place.file])
    result.faults += faults
    if text is None:
        result.broken.add(path)
        return ""
    result.filled[path] = (node.text, text)
    return text


def unknown_key(what: str, key: str, place: Place, names: Iterable[str], has: str) -> Fault:
    """A fault for a key nobody knows; `what` is `Unknown attribute … in …` with a gap for the key."""
    known = tuple(names)
    said = "" if looks_like_secret(key) else f' "{shown(key)}"'
    details = [f"{has}: {', '.join(known)}."]
    if suggestion := did_you_mean(key, known):
        details.append(suggestion)
    return Fault(what.replace(" …", said, 1), place, tuple(details))


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that the written one was probably meant to be."""
    from difflib import get_close_matches  # only somebody with a mistake pays for this import

    known = tuple(known)
    if len(known) > _MANY:
        return None
    by_folded = {one.lower().replace("_", "").replace("-", ""): one for one in known}
    folded = name[:64].lower().replace("_", "").replace("-", "")
    found = get_close_matches(folded, by_folded, 1, 0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """A sentence for the details of a fault, or None."""
    found = closest(name, known)
    return f'Did you mean "{found}"?' if found else None
