"""The command that looks whether everybody arrived: verify."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from pingconf.cli.options import Options
from pingconf.cli.progress import waiting
from pingconf.cli.terminal import Terminal
from pingconf.model.errors import UsageError

if TYPE_CHECKING:
    from pingconf.operations.session import Session

Wait = Annotated[
    float, typer.Option(min=0, metavar="SECONDS", help="How long to wait for PingOne; 0 looks once.")
]
AsJson = Annotated[bool, typer.Option("--json", help="The result as one JSON document.")]
User = Annotated[
    str | None, typer.Option("--user", metavar="EMAIL", help="Follow this one person, station by station.")
]
DEFAULT_WAIT: Final = 120.0
"""Seconds; with many people a revision takes longer."""


def add_commands(app: typer.Typer) -> None:
    """In the order in which they are listed."""
    app.command()(verify)


def verify(context: typer.Context, wait: Wait = DEFAULT_WAIT, user: User = None, json: AsJson = False) -> int:
    """See whether everybody arrived.

    Waits for PingOne, then compares who is in scope with Infisical's members and groups. Exits with 8 where
    they differ, with 1 where that could not be told. Sends GETs only.
    """
    from pingconf.operations.session import open_session

    if user is not None and not user.strip():
        raise UsageError("--user takes an e-mail or a user name", "For example: --user ann@acme.example")
    options: Options = context.obj
    session = open_session(options.invocation)
    if user is not None:
        return _follow(session, options.terminal, user, wait, json)
    return compare(session, options.terminal, wait, json)


def compare(session: Session, terminal: Terminal, wait: float, json: bool) -> int:
    """Compare both ends and show what differs; returns the exit code."""
    from pingconf.operations.verify import exit_code, verify
    from pingconf.view.verify import render_verification, verification_document

    with waiting(terminal) as report:
        found = verify(session, wait, report)
    if json:
        terminal.document(verification_document(found))
    else:
        terminal.result(render_verification(found, terminal.out_style))
    return exit_code(found)


def _follow(session: Session, terminal: Terminal, user: str, wait: float, json: bool) -> int:
    from pingconf.operations.verify_person import exit_code, follow
    from pingconf.view.verify import render_stations, stations_document

    with waiting(terminal) as report:
        stations = follow(session, user, wait, report)
    if json:
        terminal.document(stations_document(user, stations))
    else:
        terminal.result(render_stations(user, stations, terminal.out_style))
    return exit_code(stations)
