"""The command for cron and pipelines: drift."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pingconf.cli.formats import AsJson, Form, Format, print_drift, read_form
from pingconf.cli.options import Options
from pingconf.cli.terminal import Terminal
from pingconf.view.diagnostics import render_warning

if TYPE_CHECKING:
    from pingconf.model.errors import PingconfError
    from pingconf.model.plan import Plan
    from pingconf.model.told import News

Notify = Annotated[
    list[str] | None,
    typer.Option(
        metavar="URL",
        help="Tell what is new: Slack, Teams, a webhook, or any URL of apprise; repeatable. A URL that lets"
        " one post is a secret, and arguments are public: rather put it into PINGCONF_NOTIFY.",
    ),
]
StateFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Keep here what was told, to tell only what is new, has changed or is over. Without it, all"
        " drift is told each time.",
    ),
]
Metrics = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write metrics here, for the node exporter's text collector (*.prom)."),
]


def add_commands(app: typer.Typer) -> None:
    """In the order in which they are listed."""
    app.command()(drift)


def drift(
    context: typer.Context,
    json: AsJson = False,
    format: Format = "text",
    notify: Notify = None,
    state_file: StateFile = None,
    metrics: Metrics = None,
) -> int:
    """Show what was changed by hand.

    Since the last apply, that is; and which tokens must be renewed, and what is not published. Sends GETs
    only to the services. Exits with 2 where there is drift, with 1 where nobody can tell, as not all could
    be read: never with 0 then. An error is told as well, and ends in its own exit code.
    """
    from pingconf.operations.notify import read_channels
    from pingconf.operations.watch import Watch, look_and_tell

    options: Options = context.obj
    terminal = options.terminal
    form = read_form(json, format)
    watch = Watch(read_channels(notify or (), os.environ), state_file, metrics)
    looked = look_and_tell(
        options.invocation,
        watch,
        show=lambda plan, news: _show(plan, news if state_file is not None else None, options, form),
        complain=lambda failure: _complain(failure, terminal),
    )
    return looked.exit_code


def _show(plan: Plan, news: News | None, options: Options, form: Form) -> None:
    """What is news is told apart in text alone, and where somebody remembers what was told."""
    from pingconf.operations.places import locate_in
    from pingconf.view.news import render_drift_news
    from pingconf.view.plan import render_drift

    terminal = options.terminal
    terminal.workflow.looked_for_drift(plan, locate_in(options.invocation))
    if form is not Form.TEXT:
        print_drift(plan, terminal, form, locate_in(options.invocation))
    elif news is not None:
        terminal.result(render_drift_news(plan, news, terminal.out_style))
    else:
        terminal.result(render_drift(plan, terminal.out_style))


def _complain(failure: PingconfError, terminal: Terminal) -> None:
    """Never silent: somebody counts on being told."""
    said = " ".join((failure.headline, *failure.details))
    terminal.fault(render_warning(f"What was seen could not be told: {said}", terminal.err_style))
