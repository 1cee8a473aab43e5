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
    """Writes text; a reader who went away does not end the run, nor does a disk that is full."""

    def __init__(self, *, colour: bool = True) -> None:
        self.quiet = False
        self.lost: OSError | None = None
        """Why a result could not be written, unless it was that nobody reads on."""
        self.out_style = Style(colour and _wants_colour(sys.stdout))
        self.err_style = Style(colour and _wants_colour(sys.stderr))

    def result(self, text: str) -> None:
        """What the command was asked for."""
        self.lost = _write(sys.stdout, text) or self.lost

    def document(self, document: Mapping[str, Any], *, indent: int | None = 2) -> None:
        """A result as JSON."""
        self.result(json.dumps(document, indent=indent, ensure_ascii=False))

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
        """One line from the user; empty where nobody answers, or nothing that can be read."""
        _write(sys.stderr, question, end="")
        with suppress(OSError, ValueError):  # the terminal is gone, or what came is no text
            return sys.stdin.readline().strip()
        return ""


def _wants_colour(stream: TextIO) -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def open_closed_streams() -> None:
    """Let the streams that were closed before the start lead nowhere: `>&-`, or a service without any.

    In the order of their numbers, as each takes the lowest that is free: no file of ours gets one of them.
    """
    for name, flag, mode in (
        ("stdin", os.O_RDONLY, "r"),
        ("stdout", os.O_WRONLY, "w"),
        ("stderr", os.O_WRONLY, "w"),
    ):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, flag), mode))


def _write(stream: TextIO, text: str, end: str = "\n") -> OSError | None:
    """Write, or say why that cannot be; what comes later vanishes then, and the run goes on."""
    encoding = stream.encoding or "utf-8"
    safe = text.encode(encoding, errors="backslashreplace").decode(encoding)
    try:
        stream.write(safe + end)
        stream.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return None if isinstance(error, BrokenPipeError) else error  # `| head` has seen enough
    return None
