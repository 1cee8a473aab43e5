"""The two streams: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, TextIO

from pingconf.cli.github import Workflow
from pingconf.model.errors import UsageError
from pingconf.view.style import Style, escape_json

NO: Final = frozenset({"", "0", "false"})
"""What a variable says that is set and means no."""


class Terminal:
    """Writes text; a reader who went away does not end the run, nor does a disk that is full."""

    def __init__(self, *, colour: bool = True) -> None:
        self.quiet = False
        self.lost: OSError | None = None
        """Why a result could not be written, unless it was that nobody reads on."""
        self.out_style = Style(colour and _wants_colour(sys.stdout))
        self.err_style = Style(colour and _wants_colour(sys.stderr))
        self.workflow = Workflow(os.environ, self.fault)

    def result(self, text: str) -> None:
        """What the command was asked for."""
        self.lost = _write(sys.stdout, text) or self.lost

    def document(self, document: Mapping[str, Any], *, indent: int | None = 2) -> None:
        """A result as JSON."""
        self.result(escape_json(json.dumps(document, indent=indent, ensure_ascii=False)))

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

    def refuse_in_ci(self, command: str, advice: str) -> None:
        """Raise UsageError where a command would ask and this is CI: a job would wait until it is killed.

        For the beginning of a command, so that nothing is sent or read for nothing.
        """
        if in_ci():
            raise UsageError(f"{command} would ask, and in CI nobody answers (CI is set)", advice)

    def ask(self, question: str) -> str:
        """One line from the user; empty where nobody answers, or nothing that can be read.

        Raises UsageError in CI, where it would be waited for in vain.
        """
        self.refuse_in_ci("This", "Add --auto-approve.")
        _write(sys.stderr, question, end="")
        with suppress(OSError, ValueError):  # the terminal is gone, or what came is no text
            return sys.stdin.readline().strip()
        return ""


def in_ci() -> bool:
    """Whether this runs in CI: `CI` is set, as every CI service does, to anything but false or 0."""
    return os.environ.get("CI", "").strip().lower() not in NO


def _wants_colour(stream: TextIO) -> bool:
    """NO_COLOR beats FORCE_COLOR, which beats what the terminal says of itself; an empty one is not set.

    See no-color.org and force-color.org.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if forced := os.environ.get("FORCE_COLOR"):
        return forced.strip().lower() not in NO
    return os.environ.get("TERM") != "dumb" and stream.isatty()


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
