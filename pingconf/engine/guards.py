"""What a plan refuses to do: destroy what is protected, and take a wrong address for an empty one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from pingconf.engine.decision import Decision
from pingconf.engine.situation import Situation
from pingconf.model.address import Address
from pingconf.model.errors import ConfigurationError, Fault, GuardrailError, UsageError
from pingconf.model.plan import Action
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
