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
    listed = kind.list(api)
    ids = {one.id for address, one in state.resources.items() if address.section == kind.section}
    written = [one.attributes for one in desired if one.address.section == kind.section]
    begun = [intent for address, intent in state.pending.items() if address.section == kind.section]
    written += [{"name": intent.identity} for intent in begun]

    def concerns_us(observed: Observed) -> bool:
        return observed.id in ids or any(kind.recognises(each, observed) for each in written)

    return tuple(kind.complete(api, one) if concerns_us(one) else one for one in listed)


def find(snapshot: Snapshot, address: Address, id: str) -> Observed | None:
    """The object of this id in the section of this address."""
    return next((one for one in snapshot.objects(address.section) if one.id == id), None)
