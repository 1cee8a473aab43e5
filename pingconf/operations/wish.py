"""What somebody asks of a plan besides the file: all of it, part of it, or the end of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pingconf.config.loader import Configuration
from pingconf.kinds import KINDS
from pingconf.model.address import Address
from pingconf.model.errors import PingconfError, UsageError


@dataclass(frozen=True, slots=True)
class Wish:
    """The options of `plan`, `apply`, `destroy` and `rotate` that decide what is done.

    `only_due` narrows the targets to those whose time has come; `delete_users` deletes those who would
    otherwise be disabled and forgotten.
    """

    destroy: bool = False
    deprovision: bool = False
    delete_users: bool = False
    targets: tuple[Address, ...] = ()
    excluded: tuple[Address, ...] = ()
    replace: tuple[Address, ...] = ()
    only_due: bool = False
    recreate_all: bool = False


def rotation(
    configuration: Configuration, recorded: Collection[Address], address: Address | None, *, if_expiring: bool
) -> Wish:
    """The wish for new tokens: the one named, or all there are; `if_expiring`, only those that need it."""
    tokens = [one.address for one in configuration.desired if KINDS[one.address.section].yields_secret]
    if address is not None and address not in tokens:
        known = ", ".join(map(str, tokens)) or "none"
        raise UsageError(f"rotate takes a SCIM token of the file, not {address}", f"It has: {known}")
    chosen = tuple(one for one in tokens if one in recorded and address in (None, one))
    if not chosen:
        raise PingconfError(
            "There is no SCIM token to rotate yet", "The first apply makes it: pingconf apply"
        )
    return Wish(targets=chosen, replace=() if if_expiring else chosen, only_due=if_expiring)
