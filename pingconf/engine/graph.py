"""The graph of steps: what was recorded to need what, and an order in which all of them can be done."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from pingconf.engine.decision import Decision
from pingconf.model.address import Address
from pingconf.model.kind import Kinds
from pingconf.model.plan import Step, Verb

REVISION: Final = Address("pingone.revision")
MAKING: Final = frozenset({Verb.TEST, Verb.CREATE, Verb.UPDATE, Verb.ADOPT, Verb.RECORD})


@dataclass(frozen=True)
class Graph:
    """All steps by key, and the decisions they came from."""

    steps: Mapping[str, Step]
    decisions: Mapping[Address, Decision]
    kinds: Kinds[Any]

    def of(self, address: Address, verbs: frozenset[Verb]) -> list[str]:
        """The steps of one resource that do one of these."""
        return [step.key for step in self._by_address.get(address, ()) if step.verb in verbs]

    def where(self, verbs: frozenset[Verb]) -> tuple[str, ...]:
        """All steps that do one of these."""
        if verbs not in self._by_verbs:
            self._by_verbs[verbs] = tuple(key for key, step in self.steps.items() if step.verb in verbs)
        return self._by_verbs[verbs]

    @cached_property
    def _by_address(self) -> dict[Address, list[Step]]:
        found: dict[Address, list[Step]] = {}
        for step in self.steps.values():
            found.setdefault(step.address, []).append(step)
        return found

    @cached_property
    def _by_verbs(self) -> dict[frozenset[Verb], tuple[str, ...]]:
        return {}

    @cached_property
    def dependents(self) -> Mapping[Address, Sequence[Address]]:
        """By the address of a resource, whatever was recorded to depend on it."""
        found: dict[Address, list[Address]] = {}
        for address, decision in self.decisions.items():
            for needed in dict.fromkeys(held(decision)):
                found.setdefault(needed, []).append(address)
        return found

    @cached_property
    def taking_access(self) -> frozenset[Address]:
        """See `taking_access`."""
        return taking_access(self.decisions.values())


def held(decision: Decision) -> tuple[Address, ...]:
    """What a resource was recorded to depend on."""
    recorded = decision.situation.recorded
    return recorded.depends_on if recorded else ()


def taking_access(decisions: Iterable[Decision]) -> frozenset[Address]:
    """The secrets by which the next revision would take people's access: something that held them was deleted
    by hand, and was to take its people along.

    Such a secret is revoked first of all, and so before the revision, against the rule: nothing can act on
    people with it then. What else holds it is without one until that revision, and nobody loses access.
    """
    return frozenset(
        address
        for one in decisions
        if one.situation.kind.write_only and one.situation.lost and one.situation.recorded is not None
        if one.situation.kind.harms(one.situation.recorded.attributes)
        for address in held(one)
    )


def in_order(steps: Sequence[Step], kinds: Kinds[Any]) -> Iterator[Step]:
    """A stable topological order: makers in the order of the kinds, then removals against it."""
    place = {section: number for number, section in enumerate(kinds)}
    waiting = {step.key: set(step.needs) for step in steps}
    waited_for: dict[str, list[str]] = {}
    for step in steps:
        for need in dict.fromkeys(step.needs):
            waited_for.setdefault(need, []).append(step.key)
    by_key = {step.key: step for step in steps}
    ready = [(_rank(by_key[key], place), key) for key, needs in waiting.items() if not needs]
    heapq.heapify(ready)
    while ready:
        _, key = heapq.heappop(ready)
        yield by_key[key]
        del waiting[key]
        for other in waited_for.get(key, ()):
            waiting[other].discard(key)
            if not waiting[other]:
                heapq.heappush(ready, (_rank(by_key[other], place), other))
    if waiting:
        raise RuntimeError(f"steps wait for each other: {', '.join(sorted(waiting))}")


def _rank(step: Step, place: Mapping[str, int]) -> tuple[int, int, str]:
    if step.verb is Verb.TEST:
        return (0, 0, str(step.address))
    if step.verb in MAKING:
        return (1, place[step.address.section], str(step.address))
    return (3 if step.verb is Verb.COMMIT else 2, -place[step.address.section], str(step.address))
