"""The command that looks at everything and changes nothing: doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pingconf.cli.options import Options
from pingconf.cli.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pingconf.model.check import Check


def add_commands(app: typer.Typer) -> None:
    """In the order in which they are listed."""
    app.command()(doctor)


def doctor(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="The checklist as one JSON document.")] = False,
) -> int:
    """Say what is missing or wrong, and how to mend it.

    Sends GETs only, and the token request. Exits with 1 where something is wrong, with 3 where it is a
    credential.
    """
    from pingconf.operations.doctor import examine

    options: Options = context.obj
    return report(examine(options.invocation), options.terminal, as_json=json)


def report(checks: Sequence[Check], terminal: Terminal, *, as_json: bool = False) -> int:
    """Print a checklist; returns the exit code it ends in."""
    from pingconf.operations.doctor import exit_code
    from pingconf.view.checks import checks_document, render_checks

    if as_json:
        terminal.document(checks_document(checks))
    else:
        terminal.result(render_checks(checks, terminal.out_style))
    return exit_code(checks)
