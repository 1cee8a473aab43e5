"""Where the attributes of a plan stand in the user's files, for whoever shows it beside them."""

from __future__ import annotations

from collections.abc import Callable

from pingconf.config.places import read_places, relative
from pingconf.model.address import Address
from pingconf.model.errors import Place
from pingconf.model.plan import Plan
from pingconf.operations.session import Invocation


def locate_in(invocation: Invocation) -> Callable[[Address, str], Place | None]:
    """Looks in the files of the configuration, which are read when the first place is asked for."""
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
