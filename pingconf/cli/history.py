"""The command that tells what was done so far: history."""

from __future__ import annotations

from typing import Annotated

import typer

from pingconf.cli.options import Options


def add_commands(app: typer.Typer) -> None:
    """In the order in which they are listed."""
    app.command()(history)


def history(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="The runs as one JSON document.")] = False,
    limit: Annotated[
        int, typer.Option(min=0, metavar="N", help="So many runs, the newest; 0 for all of them.")
    ] = 20,
) -> None:
    """Show the runs that changed something, the newest last.

    Each apply, destroy and rotate leaves a line, also one that failed. Sends nothing to either service.
    """
    from pingconf.operations.history import past_runs
    from pingconf.view.history import history_document, render_history

    options: Options = context.obj
    runs = past_runs(options.invocation, limit)
    if json:
        options.terminal.document(history_document(runs))
    else:
        options.terminal.result(render_history(runs, options.terminal.out_style))
