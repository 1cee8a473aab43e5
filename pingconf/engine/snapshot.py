"""What the services show, read once: each collection in one list, details only where they are compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from pingconf.model.address import Address
from pingconf.model.errors import UserNeededError
from pingconf.model.kind import Kind, Kinds, Outstanding
from pingconf.model.resource import Desired, Observed
from pingconf.model.state import State

Api = TypeVar("Api")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All observed objects by section. A section that could not be read is None, never empty.

    `outstanding` is what the next commit would publish, by whomever it was changed.
    """

    sections: Mapping[str, tuple[Observed, ...] | None]
    outstanding: tuple[Outstanding, ...] = ()

    def unread(self, section: str) -> bool:
        """Whether nobody may look at this section with the credentials given."""
        return self.sections.get(section, ()) is None

    def objects(self, section: str) -> tuple[Observed, ...]:
        """What was read of a section; nothing where it could not be read."""
        return self.sections.get(section) or ()


def refresh(desired: Iterable[Desired], state: State, kinds: Kinds[Api], api: Api) -> Snapshot:
    """Read what the plan will compare. Raises what the services raise; a partial read is no snapshot."""
    wanted = tuple(desired)
    addresses = {*(one.address for one in wanted), *state.resources, *state.pending}
    sections = {address.section for address in addresses}
    looked_at = {section: kind for section, kind in kinds.items() if section in sections}
    found = {section: _read(kind, wanted, state, api) for section, kind in looked_at.items()}
    outstanding = [
        one
        for section, kind in looked_at.items()
        if kind.commits
        for one in kind.outstanding(api, next(iter(found[section] or ()), None))
    ]
    return Snapshot(found, tuple(outstanding))


def _read(
    kind: Kind[Api], desired: tuple[Desired, ...], state: State, api: Api
) -> tuple[Observed, ...] | None:
    try:
        return read_section(kind, desired, state, api)
    except UserNeededError:
        return None


def read_section(kind: Kind[Api], desired: Iterable[Desired], state: State, api: Api) -> tuple[Observed, ...]:
    """One list, with the details of what concerns us."""
    wanted = tuple(desired)
    ids = {one.id for address, one in state.resources.items() if address.section == kind.section}
    written = [one.attributes for one in wanted if one.address.section == kind.section]
    begun = [intent for address, intent in state.pending.items() if address.section == kind.section]
    written += [{kind.named_by: intent.identity} for intent in begun]

    def looked_at(observed: Observed) -> Observed:
        if observed.id not in ids and not any(kind.recognises(each, observed) for each in written):
            return observed
        return kind.deepen(api, kind.complete(api, observed), named_of(kind, observed, wanted, state))

    return tuple(looked_at(one) for one in kind.seek(api, written, ids))


def named_of(kind: Kind[Api], observed: Observed, desired: Iterable[Desired], state: State) -> frozenset[str]:
    """The attributes of an object that the file or the state names."""
    known = {address: one for address, one in state.resources.items() if one.id == observed.id}
    named = {name for one in known.values() for name in one.attributes}
    for one in desired:
        same_kind = one.address.section == kind.section
        if one.address in known or (same_kind and kind.recognises(one.attributes, observed)):
            named.update(one.attributes)
    return frozenset(named)


def find(snapshot: Snapshot, address: Address, id: str) -> Observed | None:
    """The object of this id in the section of this address."""
    return next((one for one in snapshot.objects(address.section) if one.id == id), None)
