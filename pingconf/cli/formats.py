"""The forms in which `plan`, `show` and `drift` give their result."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from pingconf.cli.terminal import Terminal
from pingconf.model.errors import UsageError

if TYPE_CHECKING:
    from pingconf.model.plan import Plan
    from pingconf.view.sarif import Locate


class Form(StrEnum):
    """What a result is for: people, programs, a comment on GitHub, a list of tests, a list of findings."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    JUNIT = "junit"
    SARIF = "sarif"


AsJson = Annotated[bool, typer.Option("--json", help="The same as --format json.")]
Format = Annotated[str, typer.Option("--format", metavar="|".join(Form), help="Form of the result.")]


def read_form(json: bool, format: str) -> Form:
    """The form asked for; raises UsageError for one that does not exist, or two at a time."""
    if format not in tuple(Form):
        raise UsageError(f'--format takes {", ".join(Form)}, not "{format}"')
    if json and format not in (Form.TEXT, Form.JSON):
        raise UsageError(f"--json and --format {format} contradict each other")
    return Form.JSON if json else Form(format)


def print_plan(
    plan: Plan, terminal: Terminal, form: Form, locate: Locate, *, show_users: bool = False
) -> None:
    """The plan as a result on stdout."""
    if form is Form.JSON:
        from pingconf.view.json import plan_document

        terminal.document(plan_document(plan))
    elif form is Form.MARKDOWN:
        from pingconf.view.markdown import render_markdown

        terminal.result(render_markdown(plan, show_users=show_users).rstrip("\n"))
    elif form is Form.JUNIT:
        from pingconf.view.junit import render_junit

        terminal.result(render_junit(plan))
    elif form is Form.SARIF:
        from pingconf.view.sarif import sarif_document

        terminal.document(sarif_document(plan, locate))
    else:
        from pingconf.view.plan import render_plan

        terminal.result(render_plan(plan, terminal.out_style, show_users=show_users))


def print_drift(plan: Plan, terminal: Terminal, form: Form, locate: Locate) -> None:
    """What was changed by hand, as a result on stdout in any form but text."""
    if form is Form.JSON:
        from pingconf.view.json import drift_document

        terminal.document(drift_document(plan))
    elif form is Form.MARKDOWN:
        from pingconf.view.markdown import render_drift_markdown

        terminal.result(render_drift_markdown(plan).rstrip("\n"))
    elif form is Form.JUNIT:
        from pingconf.view.junit import render_drift_junit

        terminal.result(render_drift_junit(plan))
    else:
        from pingconf.view.sarif import drift_sarif

        terminal.document(drift_sarif(plan, locate))
