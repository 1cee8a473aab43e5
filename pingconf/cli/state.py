"""Commands on the state: list, show, mv, rm, and unlock."""

from __future__ import annotations

from typing import Annotated

import typer

from pingconf.cli.choices import read_address
from pingconf.cli.options import Options, group_of_commands


def add_commands(app: typer.Typer) -> None:
    """`state list`, `show`, `mv` and `rm`, and `unlock`."""
    group = group_of_commands("What pingconf wrote down.")
    group.command("list")(list_resources)
    group.command("show")(show_resource)
    group.command("mv")(move_resource)
    group.command("rm")(release_resources)
    app.add_typer(group, name="state")
    app.command()(unlock)


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
    from pingconf.operations.record import recorded_document
    from pingconf.view.record import render_record

    options: Options = context.obj
    parsed = read_address(address)
    document = recorded_document(options.invocation, parsed)
    if json:
        options.terminal.document(document)
    else:
        options.terminal.result(render_record(parsed, document, options.terminal.out_style))


def move_resource(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="ADDRESS")],
    target: Annotated[str, typer.Argument(metavar="NEW_ADDRESS")],
) -> None:
    """Let a resource have another key.

    Nothing changes at the services. In a file that others apply too, write `moved` instead.
    """
    from pingconf.operations.record import move_recorded

    options: Options = context.obj
    move_recorded(options.invocation, read_address(source), read_address(target))
    options.terminal.result(f"{source} is {target} now.")


def release_resources(
    context: typer.Context, addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS...")]
) -> None:
    """Forget resources, and leave them as they are.

    They stay at the services, and pingconf does not touch them any more.
    """
    from pingconf.operations.record import release_recorded

    options: Options = context.obj
    release_recorded(options.invocation, [read_address(one) for one in addresses])
    for address in addresses:
        options.terminal.result(f"{address} is forgotten; it stays as it is.")


def unlock(
    context: typer.Context, id: Annotated[str, typer.Argument(metavar="ID", help="As the message says.")]
) -> None:
    """Take away what a dead run left of its lock.

    The lock of a run that lives is not taken away: stop the run.
    """
    from pingconf.operations.record import unlock

    options: Options = context.obj
    there = unlock(options.invocation, id)
    options.terminal.result("Unlocked." if there else "It is not locked.")
