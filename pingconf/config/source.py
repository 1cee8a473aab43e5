"""The text of one file, and where each of its characters stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from pingconf.model.errors import Place


@dataclass(frozen=True)
class Source:
    """The text of one file, which knows the place of each of its characters."""

    file: str
    text: str

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset at which each line starts; found once a place is asked for."""
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def place(self, offset: int) -> Place:
        """The place of the character at `offset`, or of the end of the text."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect_right(self.line_starts, offset)
        return Place(self.file, line, offset - self.line_starts[line - 1] + 1)

    def seen(self, offset: int) -> str:
        """What stands at `offset`, in words: one character in quotes, or the end of the line or the file."""
        rest = self.text[offset:]
        if not rest.strip():
            return "the end of the file"
        if rest[0].isspace():
            return "the end of the line"
        return f"'{rest[0]}'" if rest[0] == '"' else f'"{rest[0]}"'
