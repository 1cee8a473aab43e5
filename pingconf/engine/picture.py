"""The plan's picture of an object, held against the object just before it is written over or removed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from pingconf.engine.diff import comparable, departed_bindings, differing_paths
from pingconf.engine.foreign import find_foreign
from pingconf.engine.graph import REVISION
from pingconf.engine.snapshot import Snapshot, find
from pingconf.model.address import Address
from pingconf.model.errors import StalePlanError
from pingconf.model.kind import Kind, Kinds
from pingconf.model.plan import Plan, Step, Verb
from pingconf.model.resource import Observed

Api = TypeVar("Api")
GOING = frozenset({Verb.DELETE, Verb.DEPROVISION})


def refuse_if_changed(step: Step, seen: Observed | None, kind: Kind[Api], api: Api) -> None:
    """Read it once more; raise StalePlanError where it is not what the plan was made on.

    What shall go and is gone already is no matter.
    """
    if seen is None:
        return
    now = kind.read(api, seen.id)
    if now is not None:
        now = kind.deepen(api, now, seen.attributes)
    if now is None and step.verb in GOING:
        return
    moved = what_moved(step.address, seen, now, kind)
    if moved:
        raise StalePlanError(
            f"{moved} since the plan was made",
            "Somebody works there at this moment, so nothing was written over it.",
            "Run the command again, to plan on what is there now.",
        )


def what_moved_since(plan: Plan, snapshot: Snapshot, kinds: Kinds[Api]) -> Iterator[str]:
    """Everything that a fresh look shows otherwise than a plan saw it, in words."""
    latest = next((one.id for one in snapshot.objects(REVISION.section)), "")
    if latest != plan.revision:
        yield f"Somebody published: the latest revision is {latest or 'none'}, not {plan.revision or 'none'}."
    ours = {seen.id for seen in plan.observed.values()}
    if plan.changes:
        for one in find_foreign(snapshot.outstanding, ours):
            if one not in plan.foreign:
                yield f"Somebody left something unpublished: {one}."
    for address, seen in plan.observed.items():
        if snapshot.unread(address.section):
            continue
        moved = what_moved(address, seen, find(snapshot, address, seen.id), kinds[address.section])
        if moved:
            yield f"{moved}."
    for step in plan.steps:
        if step.verb is Verb.CREATE and step.desired and step.address not in plan.observed:
            kind, attributes = kinds[step.address.section], step.desired.attributes
            if snapshot.called(kind, attributes):
                yield f"{step.address} is to be made, and is there already."


def what_moved(address: Address, seen: Observed | None, now: Observed | None, kind: Kind[Api]) -> str | None:
    """What became of an object between two looks, in words, or None where it is the same."""
    if seen is None or now is None:
        if seen is now:
            return None
        return f"{address} was {'deleted' if now is None else 'made'}"
    if seen.id != now.id:
        return f"{address} is another object: {now.id}, not {seen.id}"
    paths = differing_paths(comparable(kind, seen.attributes), comparable(kind, now.attributes))
    paths += departed_bindings(seen.bindings, now.bindings)
    return f"{address} was changed ({', '.join(paths)})" if paths else None
