"""Commands that act: apply, destroy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from pingconf.cli.options import Options
from pingconf.cli.terminal import Terminal
from pingconf.model.errors import UsageError

if TYPE_CHECKING:
    from pingconf.model.plan import Plan
    from pingconf.operations.apply import Conversation

AutoApprove = Annotated[bool, typer.Option("--auto-approve", help="Do not ask.")]
AsJson = Annotated[bool, typer.Option("--json", help="An event per line, a summary last.")]
LockTimeout = Annotated[
    float, typer.Option(min=0, metavar="SECONDS", help="How long to wait for another run to end.")
]


def add_commands(app: typer.Typer) -> None:
    """In the order in which they are listed."""
    app.command()(apply)
    app.command()(destroy)


def apply(
    context: typer.Context,
    auto_approve: AutoApprove = False,
    json: AsJson = False,
    lock_timeout: LockTimeout = 0,
) -> int:
    """Make what the file says.

    Both services, then one revision, and the people in scope follow.
    """
    return _run(context.obj, "apply", auto_approve, json, lock_timeout)


def destroy(
    context: typer.Context,
    auto_approve: AutoApprove = False,
    json: AsJson = False,
    lock_timeout: LockTimeout = 0,
) -> int:
    """Remove everything pingconf made.

    People keep their access; tokens are revoked last.
    """
    return _run(context.obj, "destroy", auto_approve, json, lock_timeout)


def _run(options: Options, command: str, auto_approve: bool, json: bool, lock_timeout: float) -> int:
    from pingconf.operations.apply import apply
    from pingconf.operations.session import open_session
    from pingconf.view.diagnostics import render_error
    from pingconf.view.events import render_summary
    from pingconf.view.json import summary_line

    if json and not auto_approve:
        raise UsageError("--json cannot ask", "Add --auto-approve.")
    terminal, destroying = options.terminal, command == "destroy"
    talk = _talk_json(terminal) if json else _talk(terminal, command, auto_approve)
    outcome = apply(
        open_session(options.invocation),
        talk,
        command=f"pingconf {command}",
        destroy=destroying,
        lock_timeout=lock_timeout,
    )
    if outcome.summary is None:
        terminal.fault(f"{command.capitalize()} cancelled; nothing was changed.")
        return 1
    if json:
        terminal.document(summary_line(outcome.summary), indent=None)
    else:
        terminal.result(render_summary(outcome.summary, terminal.out_style, destroy=destroying))
    if outcome.error is not None:
        terminal.fault(render_error(outcome.error, terminal.err_style))
        return outcome.error.exit_code
    return 0


def _talk(terminal: Terminal, command: str, auto_approve: bool) -> Conversation:
    from pingconf.model.event import Begun
    from pingconf.operations.apply import Conversation
    from pingconf.view.events import render_event
    from pingconf.view.plan import render_plan

    def show(plan: Plan) -> None:
        if not (terminal.quiet and auto_approve):
            terminal.result(render_plan(plan, terminal.out_style) + "\n")

    return Conversation(
        show=show,
        approve=(lambda plan: True) if auto_approve else _asker(terminal, command),
        report=lambda event: (
            None if isinstance(event, Begun) else terminal.note(render_event(event, terminal.err_style))
        ),
    )


def _asker(terminal: Terminal, command: str) -> Callable[[Plan], bool]:
    def approve(plan: Plan) -> bool:
        return terminal.ask(f'Do you want to {command} this? Only "yes" will be accepted: ') == "yes"

    return approve


def _talk_json(terminal: Terminal) -> Conversation:
    from pingconf.operations.apply import Conversation
    from pingconf.view.json import event_line

    return Conversation(
        show=lambda plan: None,
        approve=lambda plan: True,
        report=lambda event: terminal.document(event_line(event), indent=None),
    )
