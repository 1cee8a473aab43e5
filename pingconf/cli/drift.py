"""The command for cron and pipelines: drift."""

from __future__ import annotations

import typer

from pingconf.cli.formats import AsJson, Form, Format, print_drift, read_form
from pingconf.cli.options import Options


def add_commands(app: typer.Typer) -> None:
    """In the order in which they are listed."""
    app.command()(drift)


def drift(context: typer.Context, json: AsJson = False, format: Format = "text") -> int:
    """Show what was changed by hand.

    Since the last apply, that is. Exits with 2 where something was, with 1 where not all could be read.
    """
    from pingconf.operations.places import locate_in
    from pingconf.operations.session import make_drift, open_session, read_state
    from pingconf.view.plan import render_drift

    options: Options = context.obj
    form = read_form(json, format)
    session = open_session(options.invocation)
    planned = make_drift(session, read_state(session))
    options.terminal.workflow.looked_for_drift(planned, locate_in(options.invocation))
    if form is Form.TEXT:
        options.terminal.result(render_drift(planned, options.terminal.out_style))
    else:
        print_drift(planned, options.terminal, form, locate_in(options.invocation))
    if planned.drift:
        return 2
    return 0 if planned.complete else 1
