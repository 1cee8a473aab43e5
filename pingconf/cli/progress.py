"""Shows that something is waited for: a bar on a terminal, elsewhere a line whenever something changes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from pingconf.cli.terminal import Terminal, in_ci

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from pingconf.model.verification import Waiting

A_MOMENT: Final = 1.0
"""Seconds after which somebody who watches wants to know how long it will take."""


@contextmanager
def waiting(terminal: Terminal) -> Iterator[Callable[[Waiting], None]]:
    """What is to be told of each look; silent with --quiet. A CI never gets a bar."""
    if terminal.quiet:
        yield lambda look: None
    elif _is_watched():
        with _bar(terminal) as report:
            yield report
    else:
        yield _lines(terminal)


def _is_watched() -> bool:
    """Whether somebody sits at a terminal that can do more than print lines."""
    return sys.stderr.isatty() and not in_ci() and os.environ.get("TERM") != "dumb"


class Steps:
    """A line for each step that was done; below them a bar with counts and the time left, where somebody
    watches and it takes longer than a moment."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._total = 0
        self._told = 0
        self._began = 0.0
        self._bar: Progress | None = None

    def expect(self, number: int) -> None:
        """So many steps there will be."""
        self._total = number

    @contextmanager
    def going(self) -> Iterator[None]:
        """While the block lasts, the steps are done."""
        self._began = time.monotonic()
        try:
            yield
        finally:
            if self._bar is not None:
                self._bar.stop()
                self._bar = None

    def tell(self, line: str) -> None:
        """One more is done."""
        late = time.monotonic() - self._began > A_MOMENT
        if self._bar is None and late and _is_watched() and not self._terminal.quiet:
            self._bar = _steps_bar(self._terminal, self._total)
        if self._bar is None:
            self._terminal.note(line)
        else:
            from rich.text import Text

            self._bar.console.print(Text.from_ansi(line))
        self._told += 1
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=self._told)


def _steps_bar(terminal: Terminal, total: int) -> Progress:
    """It is taken away at the end: what was done stands in the lines."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = _console(terminal)
    progress = Progress(
        BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console, transient=True
    )
    progress.add_task("", total=total)
    progress.start()
    return progress


def _lines(terminal: Terminal) -> Callable[[Waiting], None]:
    from pingconf.view.verify import render_waiting

    told = [""]

    def report(look: Waiting) -> None:
        line = render_waiting(look, terminal.err_style)
        if line != told[0]:
            told[0] = line
            terminal.note(line)

    return report


def _console(terminal: Terminal) -> Console:
    """The standard error; nothing in a text means anything to it."""
    from rich.console import Console

    return Console(stderr=True, no_color=not terminal.err_style.colour, highlight=False, markup=False)


@contextmanager
def _bar(terminal: Terminal) -> Iterator[Callable[[Waiting], None]]:
    """Taken away when all is told, so that only the result is left."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from pingconf.view.verify import render_waiting

    console = _console(terminal)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("PingOne", total=None)

        def report(look: Waiting) -> None:
            from pingconf.view.style import Style

            total = max(1, len(look.syncs))
            progress.update(
                task, description=render_waiting(look, Style()), total=total, completed=look.settled
            )

        yield report
