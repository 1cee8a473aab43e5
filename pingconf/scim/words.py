"""The words of a filter's text: attributes and operators, values, marks, each with its column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class FilterSyntaxError(ValueError):
    """The text is no filter. `column` counts from 1; the message says what was seen and what was expected."""

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"{message} (column {column})")
        self.column = column


_NAME = r"\$?[A-Za-z][\w$-]*"
_TOKEN = re.compile(
    rf"""
    [ \t\r\n\f]*(?:
    (?P<word>(?:urn:[\w.:-]*:)?{_NAME}(?:\.{_NAME})*)
  | (?P<string>"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{{4}})*")
  | (?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.]))
  | (?P<mark>[()\[\].])
    )""",
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
_BLANKS = " \t\r\n\f"


class Token(NamedTuple):
    """A word, string, number or mark; `end` behind the last, or `stray`: a rest that is none of these."""

    kind: str
    text: str
    column: int

    @property
    def shown(self) -> str:
        """How a message names it."""
        if self.kind == "end":
            return "the end of the filter"
        if self.text.startswith("'"):
            return "a single quote (texts stand in double quotes)"
        if self.kind == "stray" and self.text.startswith('"'):
            return "a text that is not closed or holds a wrong escape"
        return self.text.split()[0] if self.kind == "stray" else self.text


def tokens(text: str) -> Iterator[Token]:
    """Cut a filter into tokens; a stray one is the last."""
    position = 0
    while found := _TOKEN.match(text, position):
        kind = found.lastgroup or ""
        yield Token(kind, found[kind], found.start(kind) + 1)
        position = found.end()
    rest = text[position:].lstrip(_BLANKS)
    if rest:
        yield Token("stray", rest, len(text) - len(rest) + 1)
    else:
        yield Token("end", "", len(text) + 1)
