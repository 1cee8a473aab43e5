"""Shows that something is waited for: a bar on a terminal, elsewhere a line whenever something changes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pingconf.cli.terminal import Terminal, in_ci

if TYPE_CHECKING:
    from pingconf.model.verification import Waiting


@contextmanager
def waiting(terminal: Terminal) -> Iterator[Callable[[Waiting], None]]:
    """What is to be told of each look; silent with --quiet. A CI never gets a bar."""
    if terminal.quiet:
        yield lambda look: None
    elif sys.stderr.isatty() and not in_ci() and os.environ.get("TERM") != "dumb":
        with _bar(terminal) as report:
            yield report
    else:
        yield _lines(terminal)


def _lines(terminal: Terminal) -> Callable[[Waiting], None]:
    from pingconf.view.verify import render_waiting

    told = [""]

    def report(look: Waiting) -> None:
        line = render_waiting(look, terminal.err_style)
        if line != told[0]:
            told[0] = line
            terminal.note(line)

    return report


@contextmanager
def _bar(terminal: Terminal) -> Iterator[Callable[[Waiting], None]]:
    """Taken away when all is told, so that only the result is left."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from pingconf.view.verify import render_waiting

    console = Console(stderr=True, no_color=not terminal.err_style.colour, highlight=False, markup=False)
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
