"""Commands on the state: list and show."""

from __future__ import annotations

from typing import Annotated

import typer

from pingconf.cli.options import Options, group_of_commands
from pingconf.model.errors import UsageError


def add_commands(app: typer.Typer) -> None:
    """`state list` and `state show`."""
    group = group_of_commands("What pingconf wrote down.")
    group.command("list")(list_resources)
    group.command("show")(show_resource)
    app.add_typer(group, name="state")


def list_resources(context: typer.Context) -> None:
    """Print the address of every recorded resource."""
    from pingconf.operations.record import recorded_addresses

    options: Options = context.obj
    for address in recorded_addresses(options.invocation):
        options.terminal.result(address)


def show_resource(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS")],
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Print what is recorded of one resource."""
    from pingconf.model.address import parse_address
    from pingconf.operations.record import recorded_document
    from pingconf.view.record import render_record

    options: Options = context.obj
    try:
        parsed = parse_address(address)
    except ValueError as error:
        raise UsageError(str(error)) from None
    document = recorded_document(options.invocation, parsed)
    if json:
        options.terminal.document(document)
    else:
        options.terminal.result(render_record(parsed, document, options.terminal.out_style))
