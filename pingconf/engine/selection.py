"""Part of a plan: only what was asked for, with whatever cannot be left apart from it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from pingconf.engine.decision import Decision
from pingconf.model.address import Address
from pingconf.model.errors import UsageError
from pingconf.model.plan import Action

MAKES_ANEW: Final = frozenset({Action.CREATE, Action.REPLACE})
ENDS: Final = frozenset({Action.DELETE, Action.REPLACE})


@dataclass(frozen=True, slots=True)
class Selection:
    """What was asked for. Without targets all of it; `only_due` drops targets whose time has not come."""

    targets: frozenset[Address] = frozenset()
    excluded: frozenset[Address] = frozenset()
    only_due: bool = False

    @property
    def limited(self) -> bool:
        """Whether anything may be left out."""
        return bool(self.targets or self.excluded or self.only_due)


EVERYTHING: Final = Selection()


def refuse_unknown(selection: Selection, known: Collection[Address]) -> None:
    """Raise UsageError for an address that neither the file nor the state has."""
    for address in sorted(selection.targets | selection.excluded):
        if address not in known:
            raise UsageError(
                f"Neither the file nor the state has {address}",
                "An address is the path in the file, such as pingone.rules.employees.",
            )


def select(
    decisions: Mapping[Address, Decision], selection: Selection
) -> tuple[dict[Address, Decision], tuple[Address, ...]]:
    """The decisions with nothing done about what is left out, and the addresses where that leaves work."""
    if not selection.limited:
        return dict(decisions), ()
    kept = set(decisions)
    if selection.targets:
        kept = _closed(_wanted(decisions, selection), decisions, _goes_along)
    left = _closed({*decisions} - kept | selection.excluded, decisions, _stays_behind)
    chosen = {address: _untouched(one) if address in left else one for address, one in decisions.items()}
    undone = [one.address for one in decisions.values() if one.address in left and _has_work(one)]
    return chosen, tuple(undone)


def _wanted(decisions: Mapping[Address, Decision], selection: Selection) -> Iterable[Address]:
    if not selection.only_due:
        return selection.targets
    return [address for address in selection.targets if decisions[address].due]


def _has_work(decision: Decision) -> bool:
    return decision.action is not None or bool(decision.situation.orphans)


def _untouched(decision: Decision) -> Decision:
    situation = replace(decision.situation, orphans=())
    return Decision(situation, None, left_out=True)


Bond = Callable[[Decision, Collection[Address], Mapping[Address, Decision]], bool]
"""Whether a decision belongs to a set of addresses, for what it and they will do."""


def _closed(start: Iterable[Address], decisions: Mapping[Address, Decision], bond: Bond) -> set[Address]:
    """The set with everything that is bound to it."""
    found = {address for address in start if address in decisions}
    growing = True
    while growing:
        more = {
            one.address
            for one in decisions.values()
            if one.address not in found and bond(one, found, decisions)
        }
        found |= more
        growing = bool(more)
    return found


def _goes_along(
    decision: Decision, chosen: Collection[Address], decisions: Mapping[Address, Decision]
) -> bool:
    """What a chosen one is built on, and whoever holds on to one that ends or has a new secret."""
    if any(decision.address in _built_on(decisions[address]) for address in chosen):
        return True
    held = [decisions[address] for address in _held_by(decision) if address in chosen]
    return any(one.action in ENDS or one.makes_secret for one in held)


def _stays_behind(
    decision: Decision, left: Collection[Address], decisions: Mapping[Address, Decision]
) -> bool:
    """What is built on one that is not made, and what somebody left out still holds on to."""
    if any(_is_made(decisions[address]) for address in _built_on(decision) if address in left):
        return True
    return decision.action in ENDS and any(
        decision.address in _held_by(decisions[address]) for address in left
    )


def _is_made(decision: Decision) -> bool:
    return decision.action in MAKES_ANEW or decision.makes_secret


def _built_on(decision: Decision) -> tuple[Address, ...]:
    """What it needs; what is released on its way out needs a secret once more."""
    desired, recorded = decision.situation.desired, decision.situation.recorded
    if desired is not None:
        return desired.depends_on
    return recorded.depends_on if recorded and decision.release else ()


def _held_by(decision: Decision) -> tuple[Address, ...]:
    recorded = decision.situation.recorded
    return recorded.depends_on if recorded else ()
