"""Commands that act: apply, destroy, rotate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pingconf.cli.choices import (
    AllowRemovals,
    AutoApprove,
    DeleteUsers,
    EventsAsJson,
    Excluded,
    LockTimeout,
    Parallelism,
    RecreateAll,
    Replace,
    Targets,
    read_address,
    read_wish,
)
from pingconf.cli.options import Options
from pingconf.cli.signals import heeding
from pingconf.cli.terminal import Terminal
from pingconf.model.errors import UsageError

if TYPE_CHECKING:
    from pingconf.model.plan import Plan
    from pingconf.model.state import State
    from pingconf.operations.apply import Conversation, Outcome
    from pingconf.operations.session import Session
    from pingconf.operations.wish import Wish

Run = Callable[["Session", "Conversation"], "Outcome"]
"""What a command does, once there is a session and somebody to talk to."""


def add_commands(app: typer.Typer) -> None:
    """In the order in which they are listed."""
    app.command()(apply)
    app.command()(destroy)
    app.command()(rotate)


def apply(
    context: typer.Context,
    plan_file: Annotated[
        Path | None, typer.Argument(metavar="PLANFILE", help="A saved plan, to be done exactly as it is.")
    ] = None,
    auto_approve: AutoApprove = False,
    json: EventsAsJson = False,
    target: Targets = None,
    exclude: Excluded = None,
    replace: Replace = None,
    delete_users: DeleteUsers = False,
    recreate_all: RecreateAll = False,
    allow_removals: AllowRemovals = None,
    parallelism: Parallelism = None,
    lock_timeout: LockTimeout = 0,
) -> int:
    """Make what the file says.

    Both services, then one revision, and the people in scope follow.
    """
    from pingconf.operations.apply import apply
    from pingconf.operations.saved import apply_saved

    run: Run
    if plan_file is None:
        wish = read_wish(target, exclude, replace, recreate_all=recreate_all, delete_users=delete_users)
        run = partial(apply, wish=lambda _: wish, command="pingconf apply", lock_timeout=lock_timeout)
        run = partial(run, allow_removals=allow_removals)
        return _run(context.obj, run, "apply", auto_approve, json, parallelism)
    if target or exclude or replace or recreate_all or delete_users:
        raise UsageError("A saved plan is done as it is", "Give --target and the like to plan --out.")
    run = partial(apply_saved, path=plan_file, command="pingconf apply", lock_timeout=lock_timeout)
    run = partial(run, allow_removals=allow_removals)
    return _run(context.obj, run, "apply", True, json, parallelism)


def destroy(
    context: typer.Context,
    auto_approve: AutoApprove = False,
    json: EventsAsJson = False,
    deprovision: Annotated[
        bool, typer.Option("--deprovision", help="Take the access of everybody along who came by a rule.")
    ] = False,
    delete_users: DeleteUsers = False,
    target: Targets = None,
    exclude: Excluded = None,
    recreate_all: RecreateAll = False,
    allow_removals: AllowRemovals = None,
    parallelism: Parallelism = None,
    lock_timeout: LockTimeout = 0,
) -> int:
    """Remove everything pingconf made.

    People keep their access; tokens are revoked last.
    """
    from pingconf.operations.apply import apply

    wish = read_wish(target, exclude, None, destroy=True, recreate_all=recreate_all)
    wish = replace(wish, deprovision=deprovision, delete_users=delete_users)
    run = partial(apply, wish=lambda _: wish, command="pingconf destroy", lock_timeout=lock_timeout)
    run = partial(run, allow_removals=allow_removals)
    return _run(context.obj, run, "destroy", auto_approve, json, parallelism)


def rotate(
    context: typer.Context,
    address: Annotated[
        str | None, typer.Argument(metavar="ADDRESS", help="A SCIM token. [default: all in the file]")
    ] = None,
    if_expiring: Annotated[
        bool, typer.Option("--if-expiring", help="Only tokens with less than rotate_before_days left.")
    ] = False,
    auto_approve: AutoApprove = False,
    json: EventsAsJson = False,
    lock_timeout: LockTimeout = 0,
) -> int:
    """Give connections new SCIM tokens.

    New token, tested, connection switched, published, verified; then the old one is revoked.
    """
    from pingconf.operations.apply import apply
    from pingconf.operations.wish import rotation

    chosen = None if address is None else read_address(address)

    def run(session: Session, talk: Conversation) -> Outcome:
        def wish(state: State) -> Wish:
            return rotation(session.configuration, state.resources, chosen, if_expiring=if_expiring)

        return apply(session, talk, wish, command="pingconf rotate", lock_timeout=lock_timeout)

    return _run(context.obj, run, "rotate", auto_approve, json)


def _run(
    options: Options, run: Run, command: str, auto_approve: bool, json: bool, at_once: int | None = None
) -> int:
    from pingconf.operations.session import open_session
    from pingconf.view.events import render_summary
    from pingconf.view.json import summary_line

    if json and not auto_approve:
        raise UsageError("--json cannot ask", "Add --auto-approve.")
    terminal = options.terminal
    talk = _talk_json(terminal) if json else _talk(terminal, command, auto_approve)
    outcome = run(open_session(replace(options.invocation, at_once=at_once)), talk)
    if outcome.summary is None:
        terminal.fault(f"{command.capitalize()} cancelled; nothing was changed.")
        return 1
    if json:
        terminal.document(summary_line(outcome.summary), indent=None)
    else:
        terminal.result(render_summary(outcome.summary, terminal.out_style, command=command))
    if outcome.error is not None:
        raise outcome.error
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
        heeding=lambda interruption: heeding(interruption, terminal),
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
        heeding=lambda interruption: heeding(interruption, terminal),
    )
