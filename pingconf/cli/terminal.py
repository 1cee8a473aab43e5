"""The two streams: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TextIO

from pingconf.view.style import Style


class Terminal:
    """Writes text; a reader who went away does not end the run."""

    def __init__(self, *, colour: bool = True, quiet: bool = False) -> None:
        self.quiet = quiet
        self.out_style = Style(colour and _wants_colour(sys.stdout))
        self.err_style = Style(colour and _wants_colour(sys.stderr))

    def result(self, text: str) -> None:
        """What the command was asked for."""
        _write(sys.stdout, text)

    def document(self, document: Mapping[str, Any], *, indent: int | None = 2) -> None:
        """A result as JSON."""
        _write(sys.stdout, json.dumps(document, indent=indent, ensure_ascii=False))

    def note(self, text: str) -> None:
        """Progress and warnings; silent with --quiet."""
        if not self.quiet:
            _write(sys.stderr, text)

    def fault(self, text: str) -> None:
        """An error, never silent."""
        _write(sys.stderr, text)

    def alert(self, text: str) -> None:
        """A note from within a signal handler, past the stream that may be in the middle of a write."""
        with suppress(OSError, ValueError):
            os.write(sys.stderr.fileno(), f"{text}\n".encode())

    def ask(self, question: str) -> str:
        """One line from the user; empty where nobody answers."""
        sys.stderr.write(question)
        sys.stderr.flush()
        return sys.stdin.readline().strip()


def _wants_colour(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def _write(stream: TextIO, text: str) -> None:
    encoding = stream.encoding or "utf-8"
    safe = text.encode(encoding, errors="backslashreplace").decode(encoding)
    try:
        stream.write(safe + "\n")
        stream.flush()
    except BrokenPipeError:  # `| head` has seen enough; the run goes on
        stream_to_nowhere(stream)


def stream_to_nowhere(stream: TextIO) -> None:
    """Let later writes to a closed stream vanish instead of failing."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
