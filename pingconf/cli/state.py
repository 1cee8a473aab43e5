"""Commands on the state: list, show, mv, rm, pull, push, migrate, and unlock."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pingconf.cli.choices import LockTimeout, read_address
from pingconf.cli.options import Options, group_of_commands
from pingconf.model.errors import UsageError

if TYPE_CHECKING:
    from pingconf.operations.transfer import Carried


def add_commands(app: typer.Typer) -> None:
    """`state list`, `show`, `mv`, `rm`, `pull`, `push` and `migrate`, and `unlock`."""
    group = group_of_commands("What pingconf wrote down.")
    group.command("list")(list_resources)
    group.command("show")(show_resource)
    group.command("mv")(move_resource)
    group.command("rm")(release_resources)
    group.command("pull")(pull)
    group.command("push")(push)
    group.command("migrate")(migrate)
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
    lock_timeout: LockTimeout = 0,
) -> None:
    """Let a resource have another key.

    Nothing changes at the services. In a file that others apply too, write `moved` instead.
    """
    from pingconf.operations.record import move_recorded

    options: Options = context.obj
    move_recorded(options.invocation, read_address(source), read_address(target), lock_timeout)
    options.terminal.result(f"{source} is {target} now.")


def release_resources(
    context: typer.Context,
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS...")],
    lock_timeout: LockTimeout = 0,
) -> None:
    """Forget resources, and leave them as they are.

    They stay at the services, and pingconf does not touch them any more.
    """
    from pingconf.operations.record import release_recorded

    options: Options = context.obj
    release_recorded(options.invocation, [read_address(one) for one in addresses], lock_timeout)
    for address in addresses:
        options.terminal.result(f"{address} is forgotten; it stays as it is.")


def pull(context: typer.Context) -> None:
    """Print the state as it is kept."""
    from pingconf.operations.transfer import pull_state

    options: Options = context.obj
    options.terminal.result(pull_state(options.invocation).rstrip("\n"))


def push(
    context: typer.Context,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="What `state pull` printed; - reads the input.")
    ],
    force: Annotated[bool, typer.Option("--force", help="Also another state, or an older one.")] = False,
    lock_timeout: LockTimeout = 0,
) -> None:
    """Make a file the state that is kept.

    Refuses one of another lineage, and one that is not newer than what is there.
    """
    from pingconf.operations.transfer import push_state

    options: Options = context.obj
    name = "from the standard input" if file == "-" else file
    done = push_state(options.invocation, _read(file), name, force=force, lock_timeout=lock_timeout)
    options.terminal.result(f"{_said(done)} {done.where}")


def _read(file: str) -> bytes:
    from pingconf.backends.disk import read_file

    if file == "-":
        return sys.stdin.buffer.read()
    data = read_file(Path(file))
    if data is None:
        raise UsageError(f"There is no file {file}", "Make one: pingconf state pull > FILE")
    return data


def _said(done: Carried) -> str:
    from pingconf.view.style import count

    return f"{count(len(done.state.resources), 'resource')}, serial {done.state.serial}, kept at"


def migrate(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM", help="Where it was: a path or an address.")],
    lock_timeout: LockTimeout = 0,
) -> None:
    """Copy the state to where the file points now.

    First write the new `state` into the file. The run log goes along; the old ones stay where they are.
    """
    from pingconf.operations.transfer import migrate_state
    from pingconf.view.style import escape

    options: Options = context.obj
    done = migrate_state(options.invocation, source, lock_timeout)
    options.terminal.result(f"{_said(done)} {done.where}, and {done.runs} of the log's runs.")
    options.terminal.note(f"{escape(source)} stays as it is; nothing reads it any more.")


def unlock(
    context: typer.Context, id: Annotated[str, typer.Argument(metavar="ID", help="As the message says.")]
) -> None:
    """Take away what a dead run left of its lock.

    On this machine, the lock of a run that lives is not taken away. Of a remote state nobody can tell whether
    its run lives: be sure that it is dead, or stop it first.
    """
    from pingconf.operations.record import unlock

    options: Options = context.obj
    there = unlock(options.invocation, id)
    options.terminal.result("Unlocked." if there else "It is not locked.")
