"""Options that several commands share, and what they mean together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pingconf.model.address import Address, parse_address
from pingconf.model.errors import UsageError

if TYPE_CHECKING:
    from pingconf.operations.wish import Wish

AutoApprove = Annotated[bool, typer.Option("--auto-approve", help="Do not ask.")]
EventsAsJson = Annotated[bool, typer.Option("--json", help="An event per line, a summary last.")]
LockTimeout = Annotated[
    float, typer.Option(min=0, metavar="SECONDS", help="How long to wait for another run to end.")
]
Parallelism = Annotated[
    int | None,
    typer.Option(min=1, max=64, metavar="N", help="Requests in flight at most. [default: 8]"),
]
Targets = Annotated[
    list[str] | None,
    typer.Option("--target", metavar="ADDRESS", help="Only this, with what it needs; repeatable."),
]
Excluded = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="ADDRESS", help="All but this, and what needs it; repeatable."),
]
Replace = Annotated[
    list[str] | None,
    typer.Option(metavar="ADDRESS", help="Make this anew, though nothing differs; repeatable."),
]
AllowRemovals = Annotated[
    int | None,
    typer.Option(min=0, metavar="N", help="So many people, exactly, may lose access; plan says how many."),
]
RecreateAll = Annotated[
    bool,
    typer.Option("--recreate-all", help="Believe a service that shows nothing of what the state knows."),
]

DeleteUsers = Annotated[
    bool,
    typer.Option("--delete-users", help="Delete users of the file who would be disabled and forgotten."),
]


def read_address(text: str) -> Address:
    """An address as it is typed; raises UsageError."""
    try:
        return parse_address(text)
    except ValueError as error:
        raise UsageError(str(error)) from None


def read_wish(
    targets: Sequence[str] | None,
    excluded: Sequence[str] | None,
    replace: Sequence[str] | None,
    *,
    destroy: bool = False,
    recreate_all: bool = False,
    delete_users: bool = False,
) -> Wish:
    """What the options ask for; raises UsageError where they contradict each other."""
    from pingconf.operations.wish import Wish

    if destroy and replace:
        raise UsageError("--destroy and --replace contradict each other")
    return Wish(
        destroy=destroy,
        delete_users=delete_users,
        targets=tuple(map(read_address, targets or ())),
        excluded=tuple(map(read_address, excluded or ())),
        replace=tuple(map(read_address, replace or ())),
        recreate_all=recreate_all,
    )
