"""What is refused: destroying what is protected, taking a wrong address for an empty one, and taking access
from more people than may lose it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from pingconf.engine.decision import Decision
from pingconf.engine.situation import Situation
from pingconf.model.address import Address
from pingconf.model.errors import ConfigurationError, Fault, GuardrailError, UsageError
from pingconf.model.plan import Action, People, number_of_people
from pingconf.model.settings import Guardrails
from pingconf.model.values import leaves

FEWEST: Final = 2
"""So many objects of one service must be gone together before it looks like another place."""


def refuse_to_destroy_protected(decisions: Iterable[Decision]) -> None:
    """Raise GuardrailError where something with `prevent_destroy` would be destroyed.

    A token that is rotated is not: whoever it lets in stays in.
    """
    lost = [one for one in decisions if _is_protected(one) and _destroys(one)]
    if not lost:
        return
    first = lost[0].address
    names = ", ".join(str(one.address) for one in lost)
    raise GuardrailError(
        f"{names} would be destroyed, and prevent_destroy protects {'it' if len(lost) == 1 else 'them'}",
        "The protection is kept in the state: leaving the lines out of the file does not lift it.",
        f"To lift it, write lifecycle: {{prevent_destroy: false}} under {first}, apply, then remove it;"
        f" to keep it and forget it here: pingconf state rm {first}",
    )


def refuse_to_delete_named(decisions: Iterable[Decision]) -> None:
    """Raise ConfigurationError where the file still names, in another way than by its key, what goes."""
    known = tuple(decisions)
    going = {
        one.situation.observed.id: one
        for one in known
        if one.action is Action.DELETE and one.situation.observed is not None
    }
    if not going:
        return
    faults = [
        Fault(
            f"{one.address} names {going[id].address}, which is to be deleted",
            one.situation.desired.place,
            (f"Take it out of {path} too, or leave it in the file.",),
        )
        for one in known
        if one.situation.desired is not None and not one.left_out
        for path, value in leaves(one.situation.desired.attributes).items()
        for id in (value if isinstance(value, list) else [value])
        if isinstance(id, str) and id in going
    ]
    if faults:
        raise ConfigurationError(faults)


def _is_protected(decision: Decision) -> bool:
    desired, recorded = decision.situation.desired, decision.situation.recorded
    if desired is not None and desired.protected is not None:
        return desired.protected
    return recorded is not None and recorded.protected


def _destroys(decision: Decision) -> bool:
    rotated = decision.action is Action.REPLACE and decision.situation.kind.yields_secret
    spared = decision.action is Action.FORGET and decision.release
    return spared or (decision.action in (Action.DELETE, Action.REPLACE) and not rotated)


def refuse_if_all_is_gone(found: Mapping[Address, Situation]) -> None:
    """Raise GuardrailError where a service shows nothing at all of what is recorded there.

    A wrong region, environment or role looks like that, and everything would be made a second time.
    """
    by_service: dict[str, list[Situation]] = {}
    for one in found.values():
        if one.recorded is not None and not one.unverified:
            by_service.setdefault(one.address.section.partition(".")[0], []).append(one)
    for known in by_service.values():
        gone = [str(one.address) for one in known if one.lost]
        if len(gone) == len(known) >= FEWEST:
            raise GuardrailError(
                f"Nothing of what the state knows is there any more: {', '.join(gone)}",
                "A wrong address, region or role looks just like this, so nothing is made a second time, and"
                " nothing forgotten.",
                "If all of it really was deleted, say so: --recreate-all",
            )


def refuse_replacement(address: Address, found: Mapping[Address, Situation]) -> None:
    """Raise UsageError for what cannot be made anew, or not without taking people's access away."""
    situation = found.get(address)
    if situation is None or situation.desired is None:
        raise UsageError(f"--replace {address}: the file has no such resource")
    kind = situation.kind
    if situation.desired.external or kind.adopts or kind.kept:
        raise UsageError(
            f"--replace {address}: pingconf does not make a {kind.noun}, so it cannot make it anew"
        )
    if kind.fixed or kind.spared:
        details = ["Change it in place instead; `apply` puts back whatever was changed by hand."]
        if kind.write_only:
            details = ["To give it a new token: pingconf rotate"]
        raise UsageError(
            f"--replace {address}: a new {kind.noun} in its place would take access away from people",
            *details,
        )


def refuse_removals(people: People, guardrails: Guardrails, allowed: int | None) -> None:
    """Raise GuardrailError where more people would lose access than may, or one who must not, or where
    nobody could count them. `allowed` is the number of people that was expressly agreed to."""
    if people.trouble:
        raise GuardrailError(
            "Nobody can say how many people this apply would take access from",
            f"Counting them failed: {people.trouble}",
            "Nothing was changed. Mend that first; what cannot be counted is not done.",
        )
    _refuse_protected(people, guardrails)
    if allowed is not None and people.removed and allowed != people.removed:
        raise GuardrailError(
            f"--allow-removals {allowed} does not fit: {number_of_people(people.removed)} would lose access",
            "Nothing was changed. Look at the plan, and agree to exactly the number it says.",
        )
    if allowed is None and exceeds(people, guardrails):
        raise GuardrailError(
            f"{number_of_people(people.removed)} would lose access, more than may in one apply",
            f"{people.in_scope} are in scope now; guardrails: max_removed_users"
            f" {guardrails.max_removed_users}, max_removed_percent {guardrails.max_removed_percent}.",
            "Who they are: pingconf plan --show-users. Nothing was changed.",
            f"If that is meant: --allow-removals {people.removed}",
        )


def exceeds(people: People, guardrails: Guardrails) -> bool:
    """Whether more people would lose access than may; the smaller of both bounds counts."""
    share = guardrails.max_removed_percent * people.in_scope
    return people.removed > guardrails.max_removed_users or 100 * people.removed > share


def _refuse_protected(people: People, guardrails: Guardrails) -> None:
    protected = {one.casefold() for one in guardrails.protected_users}
    harmed = [one for one in people.lost if one.casefold() in protected]
    if harmed:
        raise GuardrailError(
            f"{', '.join(harmed)} would lose access, and guardrails.protected_users says they must not",
            "Nothing was changed. Change the user filter, or take them off that list.",
        )
