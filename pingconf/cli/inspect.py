"""Commands that only look: validate, plan, drift."""

from __future__ import annotations

from typing import Annotated

import typer

from pingconf.cli.options import Options
from pingconf.model.errors import UsageError
from pingconf.view.diagnostics import render_warning

AsJson = Annotated[bool, typer.Option("--json", help="The same as --format json.")]
Format = Annotated[str, typer.Option("--format", metavar="text|json", help="Form of the result.")]


def add_commands(app: typer.Typer) -> None:
    """In the order in which they are listed."""
    app.command()(validate)
    app.command()(plan)
    app.command()(drift)


def wants_json(json: bool, format: str) -> bool:
    """Whether the result is JSON."""
    if format not in ("text", "json"):
        raise UsageError(f'--format takes text or json, not "{format}"')
    return json or format == "json"


def validate(context: typer.Context) -> None:
    """Check the file: every fault at once.

    Sends nothing. Each fault has its file:line:column.
    """
    from pingconf.operations.session import read_configuration

    options: Options = context.obj
    configuration = read_configuration(options.invocation)
    terminal = options.terminal
    for warning in configuration.warnings:
        terminal.note(render_warning(warning, terminal.err_style))
    number = len(configuration.desired)
    terminal.result(f"The configuration is valid: {number} resource{'' if number == 1 else 's'}.")


def plan(
    context: typer.Context,
    json: AsJson = False,
    format: Format = "text",
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 2 where there are changes.")
    ] = False,
    destroy: Annotated[bool, typer.Option("--destroy", help="Plan what destroy would do.")] = False,
) -> int:
    """Show what apply would do.

    Sends GETs only, and the token request.
    """
    from pingconf.operations.session import make_plan, open_session, read_state
    from pingconf.view.json import plan_document
    from pingconf.view.plan import render_plan

    options: Options = context.obj
    as_json = wants_json(json, format)
    session = open_session(options.invocation)
    planned = make_plan(session, read_state(session), destroy=destroy)
    if as_json:
        options.terminal.document(plan_document(planned))
    else:
        options.terminal.result(render_plan(planned, options.terminal.out_style))
    return 2 if detailed_exitcode and planned.changes else 0


def drift(context: typer.Context, json: AsJson = False, format: Format = "text") -> int:
    """Show what was changed by hand.

    Since the last apply, that is. Exits with 2 where something was, with 3 where not all could be read.
    """
    from pingconf.operations.session import make_drift, open_session, read_state
    from pingconf.view.json import drift_document
    from pingconf.view.plan import render_drift

    options: Options = context.obj
    as_json = wants_json(json, format)
    session = open_session(options.invocation)
    planned = make_drift(session, read_state(session))
    if as_json:
        options.terminal.document(drift_document(planned))
    else:
        options.terminal.result(render_drift(planned, options.terminal.out_style))
    if planned.drift:
        return 2
    return 0 if planned.complete else 3
