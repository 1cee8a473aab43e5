"""Brings together, address by address, what the file wants, what we wrote down and what the services show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from pingconf.engine.diff import departed_bindings, departures, unseen_of
from pingconf.engine.orphans import find_orphans
from pingconf.engine.snapshot import Snapshot, find
from pingconf.model.address import Address
from pingconf.model.errors import ConfigurationError, Fault, StateError
from pingconf.model.kind import Kind, Kinds
from pingconf.model.resource import Desired, Observed, Recorded
from pingconf.model.state import State


@dataclass(frozen=True)
class Situation:
    """One resource, three ways.

    `unfinished` objects were made by a run that could not write down what it made. `orphans` are ids of
    our own tokens that nothing refers to. What is unverified could not be looked at and is taken as recorded.
    """

    address: Address
    kind: Kind[Any]
    desired: Desired | None = None
    recorded: Recorded | None = None
    observed: Observed | None = None
    unfinished: bool = False
    unverified: bool = False
    orphans: tuple[str, ...] = field(default=())

    @property
    def wanted(self) -> Desired:
        """What the file says, where it does say something."""
        if self.desired is None:
            raise RuntimeError(f"nothing is desired of {self.address}")
        return self.desired

    @property
    def gone(self) -> bool:
        """We wrote it down, and the service does not have it any more."""
        return self.recorded is not None and self.observed is None

    @property
    def lost(self) -> bool:
        """It is gone, and it was not we who removed it."""
        return self.recorded is not None and self.observed is None and not self.recorded.leaving

    @cached_property
    def drifted(self) -> tuple[str, ...]:
        """Dotted paths at which the living object is not as it was written down: what a hand changed.

        What the file does not name any more is nobody's business.
        """
        if self.recorded is None or self.observed is None:
            return ()
        named = self.desired.attributes if self.desired else self.recorded.attributes
        written = {name: value for name, value in self.recorded.attributes.items() if name in named}
        changed = departures(self.kind, written, self.observed, ignore=unseen_of(self.kind))
        return (*changed, *departed_bindings(self.recorded.bindings, self.observed.bindings))


def situations(
    desired: Iterable[Desired], state: State, snapshot: Snapshot, kinds: Kinds[Any]
) -> dict[Address, Situation]:
    """Every resource that anybody speaks of, in the order of the kinds.

    Raises ConfigurationError, with all faults, where an object that must exist does not, where several
    could be meant, where an object exists that pingconf neither made nor imported, and where a name cannot
    be given, as another bears it.
    """
    wanted = {one.address: one for one in desired if not kinds[one.address.section].commits}
    orphans: dict[Address, tuple[str, ...]] = {}
    for section in kinds:
        orphans |= find_orphans(section, snapshot.objects(section), state, state.lineage)
    found: dict[Address, Situation] = {}
    faults: list[Fault] = []
    for address in in_tour_order({*wanted, *state.resources, *state.pending, *orphans}, kinds):
        kind = _kind(address, kinds)
        if kind.commits:
            continue
        meant, recorded = wanted.get(address), state.resources.get(address)
        situation = Situation(
            address,
            kind,
            meant,
            recorded,
            observed=_kept(address, meant, recorded, snapshot),
            unfinished=address in state.pending and address not in state.resources,
            unverified=snapshot.unread(address.section),
            orphans=orphans.get(address, ()),
        )
        try:
            found[address] = _fit(_look(situation, state, snapshot))
        except _FaultFound as fault:
            faults.append(fault.fault)
    faults += [fault for one in found.values() for fault in _taken_names(one, found, snapshot)]
    if faults:
        raise ConfigurationError(faults)
    return found


def in_tour_order(addresses: Iterable[Address], kinds: Kinds[Any]) -> list[Address]:
    """Addresses in the order of the kinds, then of their keys."""
    tour = {section: place for place, section in enumerate(kinds)}
    return sorted(addresses, key=lambda address: (tour.get(address.section, 0), address.key))


def _kind(address: Address, kinds: Kinds[Any]) -> Kind[Any]:
    if address.section not in kinds:
        raise StateError(
            f"The state holds {address}, a kind of resource this version does not know",
            "A newer pingconf wrote it; use that version.",
        )
    return kinds[address.section]


def _fit(situation: Situation) -> Situation:
    """The same, unless what is there cannot be what the file means."""
    desired, observed = situation.desired, situation.observed
    if desired is not None and observed is not None and (unfit := situation.kind.unfit(observed)):
        raise _FaultFound(Fault(f"{desired.address}: {unfit[0]}", desired.place, unfit[1:]))
    return situation


def _kept(
    address: Address, desired: Desired | None, recorded: Recorded | None, snapshot: Snapshot
) -> Observed | None:
    """The object that is recorded, if it is still there; of what is only looked up, the name decides."""
    if recorded is None or (desired is not None and desired.external):
        return None
    return find(snapshot, address, recorded.id)


def _look(situation: Situation, state: State, snapshot: Snapshot) -> Situation:
    """The same situation with the object that is meant, if there is one.

    What is recorded may be gone, and another be there in its place: a run made it and could not write that
    down; or somebody did, and there can be only one.
    """
    recorded, desired = situation.recorded, situation.desired
    if situation.unverified:
        taken = Observed(recorded.id, recorded.attributes) if recorded else None
        return replace(situation, observed=taken)
    if recorded is not None and not (desired and desired.external):
        begun = situation.address in state.pending
        if situation.observed is not None or not (begun or situation.kind.adopts):
            return situation
        successor = _search(replace(situation, recorded=None, unfinished=begun), state, snapshot)
        return successor if successor.observed is not None else situation
    return _search(situation, state, snapshot)


def _search(situation: Situation, state: State, snapshot: Snapshot) -> Situation:
    """The same with an object that is in no record, where it is ours or may be taken over."""
    desired = situation.desired
    _refuse_other_key(situation, state, snapshot)
    candidates = _candidates(situation, state, snapshot)
    if not candidates:
        if desired is not None and desired.external:
            raise _FaultFound(_missing(desired, situation.kind))
        return situation
    if len(candidates) > 1:
        raise _FaultFound(_ambiguous(situation, candidates))
    found = _fit(replace(situation, observed=candidates[0]))
    if desired and not (desired.external or situation.kind.adopts or situation.unfinished):
        raise _FaultFound(_exists(desired, situation.kind, candidates[0]))
    return found


def _candidates(situation: Situation, state: State, snapshot: Snapshot) -> list[Observed]:
    """Objects that may be meant: by what the file says, else by what a run had begun to make."""
    intent, desired = state.pending.get(situation.address), situation.desired
    likenesses: list[Mapping[str, Any]] = [desired.attributes] if desired else []
    if intent is not None:
        likenesses.append({situation.kind.named_by: intent.identity})
    external = desired is not None and desired.external
    for likeness in likenesses:
        called = snapshot.called(situation.kind, likeness)
        found = [one for one in called if external or not _is_taken(one, situation.address, state)]
        if found:
            return [one for one in found if not situation.kind.unfit(one)] or found
    return []


def _is_taken(observed: Observed, by: Address, state: State) -> bool:
    """Whether another address than this has a record of it."""
    return any(one.id == observed.id and address != by for address, one in state.resources.items())


def _refuse_other_key(situation: Situation, state: State, snapshot: Snapshot) -> None:
    """Two objects of one name cannot be, so one that we made under another key cannot be made again."""
    desired, section = situation.desired, situation.address.section
    if desired is None or desired.external or situation.kind.single:
        return
    for one in snapshot.called(situation.kind, desired.attributes):
        for address, recorded in state.resources.items():
            if recorded.id == one.id and address.section == section:
                raise _FaultFound(_other_key(desired, situation.kind, address))


def _taken_names(
    situation: Situation, found: Mapping[Address, Situation], snapshot: Snapshot
) -> Iterator[Fault]:
    """The service would refuse a new name that another object still bears by then."""
    kind, desired, living = situation.kind, situation.desired, situation.observed
    if desired is None or living is None or desired.external or kind.single:
        return
    if situation.unverified or kind.recognises(desired.attributes, living):
        return
    for other in snapshot.called(kind, desired.attributes):
        bearer = next((one for one in found.values() if one.observed and one.observed.id == other.id), None)
        if not _is_renamed_before(bearer, situation.address):
            yield _taken(desired, kind, other, bearer.address if bearer else None)


def _is_renamed_before(bearer: Situation | None, address: Address) -> bool:
    """Whether it bears another name when it is the turn of this address."""
    if bearer is None or bearer.desired is None or bearer.desired.external or bearer.observed is None:
        return False
    stays = bearer.kind.recognises(bearer.desired.attributes, bearer.observed)
    return bearer.address < address and not stays


class _FaultFound(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.headline)
        self.fault = fault


def _missing(desired: Desired, kind: Kind[Any]) -> Fault:
    name = desired.attributes.get(kind.named_by)
    return Fault(
        f'There is no {kind.noun} called "{name}" for {desired.address}',
        desired.place,
        ("manage: false says that it exists already.", "Check the name, or let pingconf make it."),
    )


def _ambiguous(situation: Situation, candidates: list[Observed]) -> Fault:
    headline = f"{len(candidates)} objects could be {situation.address}"
    place = situation.desired.place if situation.desired else None
    advice = "Name the population too, or rename all but one of them."
    return Fault(headline, place, (*(_described(one, situation.kind) for one in candidates), advice))


def _described(observed: Observed, kind: Kind[Any]) -> str:
    """One of several that could be meant, so that a reader can tell it from the others."""
    population = observed.attributes.get("population")
    where = f' in the population "{population}"' if population else ""
    return f'"{observed.attributes.get(kind.named_by)}"{where}, id {observed.id}'


def _other_key(desired: Desired, kind: Kind[Any], other: Address) -> Fault:
    name = desired.attributes.get(kind.named_by)
    return Fault(
        f'A {kind.noun} called "{name}" exists already: it is {other}, and not {desired.address}',
        desired.place,
        (
            f"If the key was renamed: moved: [{{from: {other}, to: {desired.address}}}]",
            "If it is another one, give it another name.",
        ),
    )


def _taken(desired: Desired, kind: Kind[Any], observed: Observed, bearer: Address | None) -> Fault:
    name = desired.attributes.get(kind.named_by)
    return Fault(
        f'{desired.address} cannot be called "{name}": {bearer or "another object"} is',
        desired.place,
        (
            f"The id of the other one: {observed.id}",
            "Names change one after the other: let the other one go, or have another name, by an apply of its"
            " own.",
        ),
    )


def _exists(desired: Desired, kind: Kind[Any], observed: Observed) -> Fault:
    name = observed.attributes.get(kind.named_by)
    options = ["Give it another name in the file, or remove the existing one."]
    if "manage" in kind.spec.model_fields:
        options.insert(0, "To use it as it is, write manage: false.")
    if kind.spared:
        options.append(f"One that left the file is kept: {kind.spared}.")
    return Fault(
        f'A {kind.noun} called "{name}" exists already, and pingconf did not make it ({desired.address})',
        desired.place,
        (f"Its id: {observed.id}", *options),
    )
