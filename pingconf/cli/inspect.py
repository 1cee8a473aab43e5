"""Commands that only look: validate, plan, show, drift."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pingconf.cli.choices import DeleteUsers, Excluded, RecreateAll, Replace, Targets, read_wish
from pingconf.cli.doctor import report
from pingconf.cli.options import Options
from pingconf.cli.terminal import Terminal
from pingconf.model.errors import UsageError
from pingconf.view.diagnostics import render_warning

if TYPE_CHECKING:
    from pingconf.model.plan import Plan

AsJson = Annotated[bool, typer.Option("--json", help="The same as --format json.")]
Format = Annotated[str, typer.Option("--format", metavar="text|json", help="Form of the result.")]


def add_commands(app: typer.Typer) -> None:
    """In the order in which they are listed."""
    app.command()(validate)
    app.command()(plan)
    app.command()(show)
    app.command()(drift)


def wants_json(json: bool, format: str) -> bool:
    """Whether the result is JSON."""
    if format not in ("text", "json"):
        raise UsageError(f'--format takes text or json, not "{format}"')
    return json or format == "json"


def validate(
    context: typer.Context,
    online: Annotated[
        bool,
        typer.Option("--online", help="Ask the services, too: credentials, roles, names, licence, filters."),
    ] = False,
) -> int:
    """Check the file: every fault at once.

    Sends nothing, or with --online GETs only. Each fault has its file:line:column.
    """
    from pingconf.operations.invocation import read_configuration

    options: Options = context.obj
    configuration = read_configuration(options.invocation)
    terminal = options.terminal
    for warning in configuration.warnings:
        terminal.note(render_warning(warning, terminal.err_style))
    number = len(configuration.desired)
    terminal.result(f"The configuration is valid: {number} resource{'' if number == 1 else 's'}.")
    if not online:
        return 0
    from pingconf.operations.doctor import examine_file

    terminal.result("")
    return report(examine_file(options.invocation), terminal)


def plan(
    context: typer.Context,
    json: AsJson = False,
    format: Format = "text",
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Exit with 2 where there are changes.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Save the plan, for apply to do exactly this.")
    ] = None,
    target: Targets = None,
    exclude: Excluded = None,
    replace: Replace = None,
    destroy: Annotated[bool, typer.Option("--destroy", help="Plan what destroy would do.")] = False,
    delete_users: DeleteUsers = False,
    recreate_all: RecreateAll = False,
    show_users: Annotated[bool, typer.Option("--show-users", help="Name who would lose access.")] = False,
) -> int:
    """Show what apply would do.

    Sends GETs only, and the token request.
    """
    from pingconf.operations.saved import save_plan
    from pingconf.operations.session import make_plan, open_session, read_state

    options: Options = context.obj
    as_json = wants_json(json, format)
    wish = read_wish(
        target, exclude, replace, destroy=destroy, recreate_all=recreate_all, delete_users=delete_users
    )
    session = open_session(options.invocation)
    state = read_state(session)
    planned = make_plan(session, state, wish)
    _show(planned, options.terminal, as_json, show_users)
    if out is not None:
        save_plan(session, state, planned, wish, out)
        options.terminal.note(f"Saved. To do exactly this, once: pingconf apply {out}")
    return 2 if detailed_exitcode and not planned.idle else 0


def show(
    context: typer.Context,
    plan_file: Annotated[Path, typer.Argument(metavar="FILE", help="A plan saved by plan --out.")],
    json: AsJson = False,
    format: Format = "text",
) -> None:
    """Show a saved plan.

    Sends nothing, and reads nothing but the plan.
    """
    from pingconf.backends.plan_file import load

    options: Options = context.obj
    _show(load(plan_file).plan, options.terminal, wants_json(json, format))


def _show(plan: Plan, terminal: Terminal, as_json: bool, show_users: bool = False) -> None:
    from pingconf.view.json import plan_document
    from pingconf.view.plan import render_plan

    if as_json:
        terminal.document(plan_document(plan))
    else:
        terminal.result(render_plan(plan, terminal.out_style, show_users=show_users))


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
