"""The state: what pingconf wrote down, as a frozen value, and the journal entries that move it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar
from uuid import uuid4

from pingconf.model.address import Address
from pingconf.model.resource import Recorded

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Intent:
    """A creation that was begun: its outcome is unknown until it is recorded or given up."""

    nonce: str
    identity: str


@dataclass(frozen=True, slots=True)
class State:
    """All resources pingconf made or took, ordered among its own versions by lineage and serial.

    `uncommitted` is true between the first change that needs a revision and that revision. `target` says
    which environment and organisation it is about; empty until the first entry. `released` are ids of
    objects that bear our mark and are left alone, as somebody took them out of the state. `applied` is the id
    of the saved plan that was undertaken last.
    """

    lineage: str
    serial: int = 0
    resources: Mapping[Address, Recorded] = field(default_factory=dict)
    pending: Mapping[Address, Intent] = field(default_factory=dict)
    uncommitted: bool = False
    target: str = ""
    released: tuple[str, ...] = ()
    applied: str = ""


def new_state() -> State:
    """An empty state with a lineage of its own."""
    return State(lineage=str(uuid4()))


@dataclass(frozen=True, slots=True)
class Intended:
    """Before a creation: what is about to be made, and by which mark it will be known."""

    address: Address
    intent: Intent


@dataclass(frozen=True, slots=True)
class Resolved:
    """An intended creation did not happen, or what it made is gone again."""

    address: Address


@dataclass(frozen=True, slots=True)
class Noted:
    """After a step: what is now known of a resource."""

    address: Address
    recorded: Recorded


@dataclass(frozen=True, slots=True)
class Dropped:
    """A resource is no longer ours: deleted or forgotten."""

    address: Address


@dataclass(frozen=True, slots=True)
class CommitDue:
    """Before the first change that needs a revision (due), and after the revision (not due)."""

    due: bool


@dataclass(frozen=True, slots=True)
class Aimed:
    """Before the first act of all: which environment and organisation the state is about."""

    target: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What is recorded under one address belongs to another now."""

    source: Address
    target: Address


@dataclass(frozen=True, slots=True)
class Released:
    """A resource is no longer ours, and what it is at the service is left alone for good."""

    address: Address


@dataclass(frozen=True, slots=True)
class Undertaken:
    """Before the first act of a saved plan: its id, so that nobody undertakes it twice."""

    plan: str


Entry = Intended | Resolved | Noted | Dropped | CommitDue | Aimed | Moved | Released | Undertaken
"""One journal entry."""


def advance(state: State, entry: Entry) -> State:
    """The state after one journal entry."""
    match entry:
        case Intended(address, intent):
            return replace(state, pending={**state.pending, address: intent})
        case Resolved(address):
            return replace(state, pending=_without(state.pending, address))
        case Noted(address, recorded):
            pending = _without(state.pending, address)
            return replace(state, resources={**state.resources, address: recorded}, pending=pending)
        case Dropped(address):
            pending = _without(state.pending, address)
            return replace(state, resources=_without(state.resources, address), pending=pending)
        case CommitDue(due):
            return replace(state, uncommitted=due)
        case Aimed(target):
            return replace(state, target=target)
        case Undertaken(plan):
            return replace(state, applied=plan)
        case Moved(source, target):
            return _moved(state, source, target)
        case Released(address):
            known = state.resources.get(address)
            left = (known.id, *known.deposed) if known else ()
            return replace(advance(state, Dropped(address)), released=(*state.released, *left))


def _moved(state: State, source: Address, target: Address) -> State:
    """The same state with one address in place of another, also where others depend on it."""

    def renamed(address: Address) -> Address:
        return target if address == source else address

    return replace(
        state,
        resources={
            renamed(address): replace(one, depends_on=tuple(map(renamed, one.depends_on)))
            for address, one in state.resources.items()
        },
        pending={renamed(address): one for address, one in state.pending.items()},
    )


def _without(mapping: Mapping[Address, T], address: Address) -> dict[Address, T]:
    return {key: value for key, value in mapping.items() if key != address}
