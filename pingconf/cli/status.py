"""The command that says how everything stands: status."""

from __future__ import annotations

from typing import Annotated

import typer

from pingconf.cli.options import Options


def add_commands(app: typer.Typer) -> None:
    """In the order in which they are listed."""
    app.command()(status)


def status(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="All of it as one JSON document.")] = False,
) -> int:
    """Show how everything stands.

    Resources, days left of tokens, the last revision, sync counts, the state, the last run. Sends GETs only;
    what cannot be read is said.
    """
    from pingconf.operations.session import open_session
    from pingconf.operations.status import look
    from pingconf.view.status import render_status, status_document

    options: Options = context.obj
    seen = look(open_session(options.invocation))
    if json:
        options.terminal.document(status_document(seen.standing))
    else:
        options.terminal.result(render_status(seen.standing, options.terminal.out_style))
    return seen.exit_code
