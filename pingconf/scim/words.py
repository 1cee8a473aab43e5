"""The words of a filter's text: attributes and operators, values, marks, each with its column."""

from __future__ import annotations

import re
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


def tokens(text: str) -> list[Token]:
    """Cut a filter into tokens; the last is a stray one, or the end."""
    cut: list[Token] = []
    position = 0
    while found := _TOKEN.match(text, position):
        kind = found.lastgroup or ""
        position = found.end()
        word = found[kind]
        cut.append(Token(kind, word, position - len(word) + 1))
    rest = text[position:].lstrip(_BLANKS)
    cut.append(Token("stray" if rest else "end", rest, len(text) - len(rest) + 1))
    return cut
