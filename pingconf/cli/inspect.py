"""Commands that only look: validate, plan, show, graph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pingconf.cli.choices import DeleteUsers, Excluded, RecreateAll, Replace, Targets, read_wish
from pingconf.cli.doctor import report
from pingconf.cli.formats import AsJson, Format, print_plan, read_form
from pingconf.cli.options import Options
from pingconf.model.errors import UsageError
from pingconf.view.diagnostics import render_warning

if TYPE_CHECKING:
    from pingconf.model.plan import Plan
    from pingconf.model.state import State
    from pingconf.operations.session import Session
    from pingconf.operations.wish import Wish


def add_commands(app: typer.Typer) -> None:
    """In the order in which they are listed."""
    app.command()(validate)
    app.command()(plan)
    app.command()(show)
    app.command()(graph)


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
    terminal.workflow.warned(configuration.warnings)
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
    from pingconf.operations.places import locate_in

    options: Options = context.obj
    form = read_form(json, format)
    wish = read_wish(
        target, exclude, replace, destroy=destroy, recreate_all=recreate_all, delete_users=delete_users
    )
    session, state, planned = _look(options, wish)
    print_plan(planned, options.terminal, form, locate_in(options.invocation), show_users=show_users)
    if out is not None:
        _save(session, state, planned, wish, out)
        options.terminal.note(f"Saved. To do exactly this, once: pingconf apply {out}")
    options.terminal.workflow.planned(planned, "pingconf plan", locate_in(options.invocation), out)
    return 2 if detailed_exitcode and not planned.idle else 0


def _look(options: Options, wish: Wish) -> tuple[Session, State, Plan]:
    """A plan, and what it was made from."""
    from pingconf.operations.session import open_session, read_state

    session = open_session(options.invocation, only_looks=True)
    from pingconf.operations.planning import make_plan  # takes its time, while the lists are on their way

    state = read_state(session)
    return session, state, make_plan(session, state, wish)


def _save(session: Session, state: State, planned: Plan, wish: Wish, out: Path) -> None:
    from pingconf.operations.saved import save_plan  # with all that an apply needs

    save_plan(session, state, planned, wish, out)


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
    from pingconf.operations.places import locate_planned

    options: Options = context.obj
    form = read_form(json, format)
    plan = load(plan_file).plan
    print_plan(plan, options.terminal, form, locate_planned(plan))


def graph(
    context: typer.Context,
    format: Annotated[
        str, typer.Option("--format", metavar="dot|mermaid", help="Form of the result.")
    ] = "dot",
    destroy: Annotated[bool, typer.Option("--destroy", help="The steps of destroy.")] = False,
) -> None:
    """Print the steps of an apply as a graph.

    Each points to what waits for it. Sends GETs only, and the token request.
    """
    from pingconf.view.graph import render_dot, render_mermaid

    if format not in ("dot", "mermaid"):
        raise UsageError(f'--format takes dot or mermaid, not "{format}"')
    options: Options = context.obj
    _, _, planned = _look(options, read_wish(None, None, None, destroy=destroy))
    options.terminal.result((render_dot if format == "dot" else render_mermaid)(planned))
