"""What the file and the state say about the objects of one kind, found by what an object shows of itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pingconf.model.address import Address
from pingconf.model.kind import Kind
from pingconf.model.resource import Desired, Observed, Recorded
from pingconf.model.state import State
from pingconf.model.values import Attributes


@dataclass(frozen=True, slots=True)
class Interest:
    """Whatever names an object of this kind: resources of the file, records, and creations that were begun.

    An object is found by its id or by what it is known as, however many there are.
    """

    kind: Kind[Any]
    desired: Mapping[Address, Desired]
    alike: Mapping[str, tuple[Desired, ...]]
    begun: Mapping[str, tuple[Attributes, ...]]
    recorded: Mapping[str, tuple[tuple[Address, Recorded], ...]]

    @property
    def ids(self) -> frozenset[str]:
        """The ids that are recorded."""
        return frozenset(self.recorded)

    @property
    def likenesses(self) -> list[Attributes]:
        """The attributes that describe objects: those of the file, and the names of what was begun."""
        written = [one.attributes for one in self.desired.values()]
        return [*written, *(one for several in self.begun.values() for one in several)]

    def concerns(self, observed: Observed) -> bool:
        """Whether anybody names this object."""
        return observed.id in self.recorded or any(
            self.kind.recognises(one, observed) for one in self._likenesses_of(observed)
        )

    def named(self, observed: Observed) -> frozenset[str]:
        """The attributes of this object that the file or the state names."""
        recorded = self.recorded.get(observed.id, ())
        meant = [self.desired[address] for address, _ in recorded if address in self.desired]
        meant += [one for one in self._alike(observed) if self.kind.recognises(one.attributes, observed)]
        known = [*(one.attributes for _, one in recorded), *(one.attributes for one in meant)]
        return frozenset().union(*known)

    def _alike(self, observed: Observed) -> tuple[Desired, ...]:
        return self.alike.get(self.kind.known_as(observed.attributes), ())

    def _likenesses_of(self, observed: Observed) -> Iterator[Attributes]:
        yield from (one.attributes for one in self._alike(observed))
        yield from self.begun.get(self.kind.known_as(observed.attributes), ())


def interest_in(kind: Kind[Any], desired: Iterable[Desired], state: State) -> Interest:
    """Everything about one kind that the file and the state name."""
    wanted = {one.address: one for one in desired if one.address.section == kind.section}
    intents = [one for address, one in state.pending.items() if address.section == kind.section]
    begun = [{kind.named_by: one.identity} for one in intents]
    recorded = [(address, one) for address, one in state.resources.items() if address.section == kind.section]
    return Interest(
        kind,
        wanted,
        _grouped((kind.known_as(one.attributes), one) for one in wanted.values()),
        _grouped((kind.known_as(one), one) for one in begun),
        _grouped((one.id, (address, one)) for address, one in recorded),
    )


def _grouped(pairs: Iterable[tuple[str, Any]]) -> dict[str, tuple[Any, ...]]:
    found: dict[str, list[Any]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}
