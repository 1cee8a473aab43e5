"""Colours, and the one way of text from outside into a terminal."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from pingconf.model.values import SENSITIVE, UNKNOWN, Reference, Secret, Value

_RESET = "\x1b[0m"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_WORKFLOW_COMMAND = re.compile(r"\A(\s*):(?=:)|#(?=#vso\[|#\[)")


@dataclass(frozen=True, slots=True)
class Style:
    """Whether text is coloured. Colour is an addition: no meaning is lost without it."""

    colour: bool = False

    def bold(self, text: str) -> str:
        """What a block is about."""
        return self._in("1", text)

    def dim(self, text: str) -> str:
        """What can be skipped over."""
        return self._in("2", text)

    def red(self, text: str) -> str:
        """Something goes, or went wrong."""
        return self._in("31", text)

    def green(self, text: str) -> str:
        """Something comes, or went right."""
        return self._in("32", text)

    def yellow(self, text: str) -> str:
        """Something changes, or deserves a look."""
        return self._in("33", text)

    def cyan(self, text: str) -> str:
        """Only pingconf's own book-keeping changes."""
        return self._in("36", text)

    def _in(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}{_RESET}" if self.colour else text


def escape(text: str) -> str:
    """The text with everything a terminal or a CI log would obey made visible.

    That is: control characters, line breaks of any kind, characters that hide or reorder text, halves of
    surrogate pairs, and the beginnings of CI workflow commands (`::`, `##[`, `##vso[`).
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_visible, text))
    if "::" in text or "##" in text:
        text = _WORKFLOW_COMMAND.sub(lambda found: found[0][:-1] + _code(found[0][-1]), text)
    return text


def escape_json(text: str) -> str:
    """The same JSON document without a character that a terminal or a CI log would obey.

    Such characters stand in strings only, where JSON has a way to write them. `##` begins CI commands
    wherever it stands; those that begin with `::` begin a line, which no string does.
    """
    if not text.isascii():
        text = "".join(one if _is_shown(one) else json.dumps(one)[1:-1] for one in text)
    return text.replace("\x7f", "\\u007f").replace("##", "\\u0023#")


def quote(text: str) -> str:
    """The text between quotation marks, so that its ends and any blanks can be seen."""
    return '"' + escape(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def show(value: Value) -> str:
    """A value in one line, much as it would stand in the file."""
    match value:
        case None:
            return "(none)"
        case bool():
            return "true" if value else "false"
        case str():
            return quote(value)
        case Reference():
            return quote(str(value))
        case Secret():
            return SENSITIVE
        case Mapping():
            return "{" + ", ".join(f"{escape(str(key))}: {show(value[key])}" for key in sorted(value)) + "}"
        case list() | tuple():
            return "[" + ", ".join(map(show, value)) + "]"
        case set() | frozenset():
            return "[" + ", ".join(sorted(map(show, value))) + "]"
    return repr(UNKNOWN) if value is UNKNOWN else escape(json.dumps(value, default=str))


def count(number: int, noun: str) -> str:
    """A number with its noun: `1 error`, `2 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _is_shown(character: str) -> bool:
    return character == "\n" or unicodedata.category(character) not in _INVISIBLE


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _INVISIBLE:
        return character
    return _SHORT.get(character) or _code(character)


def _code(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
