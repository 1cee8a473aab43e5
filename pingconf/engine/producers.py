"""Whose secrets a plan needs: what writes a secret wants its producer to make one."""

from __future__ import annotations

from collections.abc import Mapping

from pingconf.engine.decision import Decision
from pingconf.engine.graph import taking_access
from pingconf.model.address import Address
from pingconf.model.errors import ConfigurationError, Fault
from pingconf.model.plan import Action
from pingconf.model.values import Reference, value_at


def missing_secrets(decisions: Mapping[Address, Decision]) -> dict[Address, str]:
    """Producers whose secret must be written in this plan, but which would not be made by it."""
    missing: dict[Address, str] = {}
    for decision in decisions.values():
        for producer in _producers_written(decision, decisions):
            if producer in decisions and not decisions[producer].makes_secret:
                missing.setdefault(producer, f"its secret is needed to write {decision.address}")
    return missing


def unsafe_secrets(decisions: Mapping[Address, Decision]) -> dict[Address, str]:
    """Producers that would live on, though what was deleted by hand could act on people by their secrets."""
    taking = taking_access(decisions.values())
    return {
        address: "what held it was deleted by hand"
        for address, one in decisions.items()
        if address in taking
        and one.situation.desired is not None
        and one.situation.observed is not None
        and not one.makes_secret
    }


def _producers_written(decision: Decision, decisions: Mapping[Address, Decision]) -> list[Address]:
    """The addresses whose secrets the steps of this decision must send."""
    situation = decision.situation
    if decision.release and situation.recorded is not None:
        return [_bound_to(decision, path, decisions) for path in situation.kind.write_only]
    writes = decision.action in (Action.CREATE, Action.UPDATE, Action.REPLACE)
    if situation.desired is None or not writes or decision.only_recorded:
        return []
    sources = {path: value_at(situation.desired.attributes, path) for path in situation.kind.write_only}
    return [
        source.address
        for path, source in sources.items()
        if isinstance(source, Reference) and not _is_held(decision, path, decisions.get(source.address))
    ]


def _is_held(decision: Decision, path: str, producer: Decision | None) -> bool:
    """Whether the living object shows the very secret that it shall hold: that can be sent once more."""
    living, source = decision.situation.observed, producer.situation.observed if producer else None
    if living is None or source is None or decision.action is not Action.UPDATE:
        return False
    return living.bindings.get(path) == source.id


def _bound_to(decision: Decision, path: str, decisions: Mapping[Address, Decision]) -> Address:
    """The producer whose secret a recorded attribute holds; raises ConfigurationError where none is known."""
    recorded = decision.situation.recorded
    bound, needed = (recorded.bindings.get(path), recorded.depends_on) if recorded else (None, ())
    for address, one in decisions.items():
        known = one.situation.recorded
        if known is not None and bound in (known.id, *known.deposed):
            return address
    for address in needed:
        if address in decisions and decisions[address].situation.kind.yields_secret:
            return address
    raise ConfigurationError([unknown_token(decision.address)])


def unknown_token(address: Address) -> Fault:
    """What is said where nobody can make the secret that a removal needs."""
    return Fault(
        f"{address} cannot be removed without acting on people: pingconf no longer knows its token",
        None,
        ('Turn "Deprovision on Rule Deletion" off in PingOne, publish, and run this again.',),
    )
