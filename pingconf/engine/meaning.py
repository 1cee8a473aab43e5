"""What the file means by names that only a service can tell: looked up before a plan is made."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from pingconf.engine.planner import Request
from pingconf.engine.snapshot import Snapshot
from pingconf.model.address import Address
from pingconf.model.errors import Fault
from pingconf.model.kind import Kinds
from pingconf.model.resource import Desired

Api = TypeVar("Api")


def interpret(
    request: Request, snapshot: Snapshot, kinds: Kinds[Api], api: Api
) -> tuple[Request, tuple[Fault, ...]]:
    """The same request with ids in place of names, and every name that means nothing, or several things.

    Raises what the services raise; sends GETs only. What is only looked up is left as it is written.
    """
    understood: dict[Address, Desired] = {}
    labels: dict[str, str] = {}
    faults: list[Fault] = []
    for section, kind in kinds.items():
        ours = [one for one in request.desired if one.address.section == section and not one.external]
        meanings = kind.interpret(api, [one.attributes for one in ours], snapshot.objects(section))
        for one, meaning in zip(ours, meanings, strict=True):
            if meaning.attributes is not one.attributes:
                understood[one.address] = replace(one, attributes=meaning.attributes)
            labels.update(meaning.labels)
            faults += [
                Fault(f"{one.address}: {said.headline}", one.place, said.details)
                for said in meaning.objections
            ]
    desired = tuple(understood.get(one.address, one) for one in request.desired)
    return replace(request, desired=desired, labels=labels), tuple(faults)
