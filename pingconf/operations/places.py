"""Where the attributes of a plan stand in the user's files, for whoever shows it beside them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pingconf.model.address import Address
from pingconf.model.errors import Place

if TYPE_CHECKING:
    from pingconf.model.plan import Plan
    from pingconf.operations.invocation import Invocation


def locate_in(invocation: Invocation) -> Callable[[Address, str], Place | None]:
    """Looks in the files of the configuration, which are read when the first place is asked for."""
    from pingconf.config.places import read_places  # show needs no file but the plan

    places = None

    def locate(address: Address, path: str) -> Place | None:
        nonlocal places
        places = places or read_places(invocation.files)
        found = places.find(address, path)
        return relative(found) if found else None

    return locate


def locate_planned(plan: Plan) -> Callable[[Address, str], Place | None]:
    """Looks in the plan itself, which knows where each resource it acts on stood when it was made."""
    known = {one.address: one.desired.place for one in plan.steps if one.desired and one.desired.place}

    def locate(address: Address, path: str) -> Place | None:
        return relative(known[address]) if address in known else None

    return locate


def relative(place: Place) -> Place:
    """The same place by the path from the working directory, with slashes."""
    try:
        path = os.path.relpath(place.file)
    except ValueError:  # on another drive
        path = place.file
    return Place(Path(path).as_posix(), place.line, place.column)
