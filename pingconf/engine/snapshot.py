"""What the services show, read once: each collection in one list, details only where they are compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, TypeAlias, TypeVar

from pingconf.engine.interest import interest_in
from pingconf.engine.workers import ALONE, Errand, Workers
from pingconf.model.address import Address
from pingconf.model.errors import UserNeededError
from pingconf.model.kind import Kind, Kinds, Outstanding
from pingconf.model.resource import Desired, Observed
from pingconf.model.state import State
from pingconf.model.values import Attributes

Api = TypeVar("Api")


@dataclass(frozen=True)
class Snapshot:
    """All observed objects by section. A section that could not be read is None, never empty.

    `outstanding` is what the next commit would publish, by whomever it was changed.
    """

    sections: Mapping[str, tuple[Observed, ...] | None]
    outstanding: tuple[Outstanding, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Mapping[str, Observed]]:
        """What was read, by section and id."""
        return {
            section: {one.id: one for one in reversed(found or ())}
            for section, found in self.sections.items()
        }

    @cached_property
    def _alike(self) -> dict[str, dict[str, list[Observed]]]:
        return {}

    def called(self, kind: Kind[Any], attributes: Attributes) -> list[Observed]:
        """Every object that these attributes describe, in the order of the list."""
        if kind.section not in self._alike:
            known: dict[str, list[Observed]] = {}
            for one in self.objects(kind.section):
                known.setdefault(kind.known_as(one.attributes), []).append(one)
            self._alike[kind.section] = known
        found = self._alike[kind.section].get(kind.known_as(attributes), ())
        return [one for one in found if kind.recognises(attributes, one)]

    def unread(self, section: str) -> bool:
        """Whether nobody may look at this section with the credentials given."""
        return self.sections.get(section, ()) is None

    def objects(self, section: str) -> tuple[Observed, ...]:
        """What was read of a section; nothing where it could not be read."""
        return self.sections.get(section) or ()


Ahead: TypeAlias = Mapping[str, Errand[Sequence[Observed]]]
"""Lists by section that were begun before anybody knew of which objects the details are needed."""


def list_ahead(kinds: Iterable[Kind[Api]], api: Api) -> Ahead:
    """Begin to list all objects of these kinds, but for those of which only some are sought."""
    return {kind.section: Errand(partial(kind.list, api)) for kind in kinds if kind.listed}


def refresh(
    desired: Iterable[Desired],
    state: State,
    kinds: Kinds[Api],
    api: Api,
    workers: Workers = ALONE,
    ahead: Ahead = MappingProxyType({}),
) -> Snapshot:
    """Read what the plan will compare. Raises what the services raise; a partial read is no snapshot."""
    wanted = tuple(desired)
    addresses = {*(one.address for one in wanted), *state.resources, *state.pending}
    sections = {address.section for address in addresses}
    looked_at = [kind for section, kind in kinds.items() if section in sections]
    read = workers.map(lambda kind: _read(kind, wanted, state, api, workers, ahead), looked_at)
    found = {kind.section: objects for kind, objects in zip(looked_at, read, strict=True)}
    outstanding = [
        one
        for kind in looked_at
        if kind.commits
        for one in kind.outstanding(api, next(iter(found[kind.section] or ()), None))
    ]
    return Snapshot(found, tuple(outstanding))


def _read(
    kind: Kind[Api], desired: tuple[Desired, ...], state: State, api: Api, workers: Workers, ahead: Ahead
) -> tuple[Observed, ...] | None:
    begun = ahead.get(kind.section)
    try:
        return read_section(kind, desired, state, api, workers, begun.result() if begun else None)
    except UserNeededError:
        return None


def read_section(
    kind: Kind[Api],
    desired: Iterable[Desired],
    state: State,
    api: Api,
    workers: Workers = ALONE,
    listed: Sequence[Observed] | None = None,
) -> tuple[Observed, ...]:
    """One list, with the details of what concerns us; `listed` are all objects, where they are known."""
    interest = interest_in(kind, desired, state)
    if listed is None:
        listed = kind.seek(api, interest.likenesses, interest.ids)
    named = {one.id: interest.named(one) for one in listed if interest.concerns(one)}

    def looked_at(observed: Observed) -> Observed:
        return kind.deepen(api, kind.complete(api, observed), named[observed.id])

    waited_for = [one for one in listed if kind.deep & named.get(one.id, frozenset())]
    seen = {one.id: one for one in workers.map(looked_at, waited_for)}
    return tuple(seen.get(one.id) or (looked_at(one) if one.id in named else one) for one in listed)


def find(snapshot: Snapshot, address: Address, id: str) -> Observed | None:
    """The object of this id in the section of this address."""
    return snapshot.by_id.get(address.section, {}).get(id)
