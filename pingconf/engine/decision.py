"""What happens to one resource, and why: the comparison of its three ways."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pingconf.engine.diff import UNSENT, departures, unseen_of
from pingconf.engine.situation import Situation
from pingconf.model.address import Address
from pingconf.model.errors import Fault
from pingconf.model.kind import Kind
from pingconf.model.plan import Action, Difference
from pingconf.model.resource import Desired, Observed, Recorded
from pingconf.model.values import UNKNOWN, Attributes, Reference, Value, leaves, value_at

PROTECTION: Final = "lifecycle.prevent_destroy"


@dataclass(frozen=True, slots=True)
class Decision:
    """A situation and what is done about it; no action where everything is as it should be.

    `last_secret` is set on a deletion whose secret is needed once more to release what holds it;
    `deprovision` on one that shall take people's access along. `due` says why its time has come, whatever
    the file says. `left_out` are those that were not asked for.
    """

    situation: Situation
    action: Action | None
    reason: str = ""
    differences: tuple[Difference, ...] = ()
    release: bool = False
    last_secret: bool = False
    deprovision: bool = False
    due: str | None = None
    left_out: bool = False
    fault: Fault | None = None

    @property
    def address(self) -> Address:
        return self.situation.address

    @property
    def makes_secret(self) -> bool:
        """Whether its secret will be at hand during the apply."""
        fresh = self.action in (Action.CREATE, Action.REPLACE) or self.last_secret
        return fresh and self.situation.kind.yields_secret

    @property
    def only_recorded(self) -> bool:
        """Whether it changes nothing at the service, only what is written down."""
        kind, known = self.situation.kind, self.situation.recorded is not None
        return self.action is Action.UPDATE and known and all(is_local(kind, one) for one in self.differences)


@dataclass(frozen=True, slots=True)
class Context:
    """What a decision needs besides its own situation.

    `ids` are the ids of resources decided before, UNKNOWN where they will be made anew. `labels` are the
    names in the file by id. `forced` are replacements that something else wants, with the reason.
    `unwanted` says why a resource nobody desires goes; `deprovision`, that people lose their access with it;
    `unsparing`, that also what is spared otherwise is deleted.
    """

    ids: Mapping[Address, Value]
    labels: Mapping[str, str]
    forced: Mapping[Address, str]
    now: datetime
    unwanted: str
    deprovision: bool = False
    unsparing: bool = False


def decide(situation: Situation, context: Context) -> Decision:
    """The action for one resource; pure."""
    desired = situation.desired
    if desired is None:
        return _decide_unwanted(situation, context)
    if desired.external:
        forget = situation.recorded is not None
        return Decision(situation, Action.FORGET if forget else None, "manage: false; it stays as it is")
    if situation.observed is None:
        reason = "deleted by hand since the last apply" if situation.lost else "in the file, not there yet"
        due = reason if situation.lost else None
        return Decision(situation, Action.CREATE, reason, _all_attributes(desired, context.labels), due=due)
    forced = context.forced.get(situation.address)
    differences = compare(situation, situation.observed, context)
    fixed = [one for one in differences if _is_one_of(one.path, situation.kind.fixed)]
    if fixed:
        return Decision(situation, None, fault=_fixed_fault(situation, fixed[0]))
    if situation.recorded is None:
        reason = (
            "made by a run that could not record it" if situation.unfinished else "there already, taken over"
        )
        action = Action.UPDATE if differences else Action.ADOPT
        return Decision(situation, action, reason, differences)
    due = situation.kind.due(desired.attributes, situation.observed, context.now)
    if forced or due:
        return Decision(situation, Action.REPLACE, forced or str(due), differences, due=due)
    if differences:
        replaces = any(one.forces_replacement for one in differences)
        reason = _why(situation, situation.recorded, differences)
        return Decision(situation, Action.REPLACE if replaces else Action.UPDATE, reason, differences)
    if situation.drifted:
        return Decision(situation, Action.UPDATE, "changed by hand to what the file allows")
    return Decision(situation, None)


def _decide_unwanted(situation: Situation, context: Context) -> Decision:
    kind, recorded, observed = situation.kind, situation.recorded, situation.observed
    if recorded is None and observed is None:
        return Decision(situation, None)
    if observed is None and situation.address not in context.forced:
        return Decision(situation, Action.FORGET, f"{context.unwanted}; gone already")
    if kind.kept:
        return Decision(situation, Action.FORGET, f"{context.unwanted}; it stays, as others may need it")
    if recorded is not None and not recorded.made:
        return Decision(
            situation, Action.FORGET, f"{context.unwanted}; it stays, as pingconf did not make it"
        )
    if kind.spared and observed is not None and not context.unsparing:
        return _spare(situation, observed, context)
    forced = context.forced.get(situation.address)
    ways = [one.attributes for one in (recorded, observed) if one is not None]
    # What was never recorded was never published by us, and no rule of ours leads to it.
    published = len(ways) == 2
    obstacle = kind.obstacle(observed.attributes) if context.deprovision and observed is not None else None
    if obstacle:
        return Decision(situation, None, fault=_obstacle_fault(situation, obstacle))
    release = published and any(map(kind.harms, ways)) and not context.deprovision
    takes_people = context.deprovision and published and kind.takes_people
    reason = context.unwanted
    if forced:
        reason += f"; a last one is made first, as {forced}"
    if takes_people:
        reason += "; everybody it brought loses access at Infisical"
    return Decision(
        situation,
        Action.DELETE,
        reason,
        release=release,
        last_secret=forced is not None,
        deprovision=takes_people or (context.deprovision and published and kind.settles),
    )


def _spare(situation: Situation, observed: Observed, context: Context) -> Decision:
    """It is released and forgotten. What was never recorded may be another's: that is forgotten only."""
    kind = situation.kind
    if situation.recorded is None:
        reason = f"{context.unwanted}; a run that could not record it may have made it, and it stays"
        return Decision(situation, Action.FORGET, reason)
    release = not kind.is_released(observed.attributes)
    return Decision(situation, Action.FORGET, f"{context.unwanted}; {kind.spared}", release=release)


def compare(situation: Situation, observed: Observed, context: Context) -> tuple[Difference, ...]:
    """Every attribute of the file that the living object, or what it is bound to, does not match."""
    kind, wanted = situation.kind, situation.wanted.attributes
    refused = refused_of(situation)
    seen = [
        Difference(
            path,
            shown(value_at(observed.attributes, path), context.labels),
            shown(value_at(wanted, path), context.labels),
            forces_replacement=_is_one_of(path, kind.replaces_on),
        )
        for path in departures(kind, resolve(wanted, context.ids), observed, ignore=unseen_of(kind))
        if path not in refused
    ]
    local = (*_local_differences(situation), *_protection_difference(situation))
    return (*seen, *local, *_binding_differences(situation, context))


def is_local(kind: Kind[Any], difference: Difference) -> bool:
    """Whether it changes nothing at the service, only what is written down."""
    return difference.path == PROTECTION or difference.path in kind.local


def refused_of(situation: Situation) -> frozenset[str]:
    """Attributes that the service did not keep when they were sent, and still shows as it did then."""
    if situation.recorded is None or situation.observed is None:
        return frozenset()
    recorded, observed = situation.recorded.attributes, situation.observed.attributes
    return frozenset(
        path
        for path in situation.kind.refusable
        if path in recorded and value_at(recorded, path) == value_at(observed, path)
    )


def resolve(attributes: Attributes, ids: Mapping[Address, Value]) -> dict[str, Value]:
    """The attributes with every reference to an id replaced by that id, UNKNOWN where it is not known."""
    return {name: _resolved(value, ids) for name, value in attributes.items()}


def _resolved(value: Value, ids: Mapping[Address, Value]) -> Value:
    if isinstance(value, Reference):
        return ids.get(value.address, UNKNOWN) if value.attribute == "id" else value
    if isinstance(value, Mapping):
        return resolve(value, ids)
    if isinstance(value, (list, tuple)):
        return [_resolved(one, ids) for one in value]
    return value


def _local_differences(situation: Situation) -> list[Difference]:
    if situation.recorded is None:
        return []
    pairs = [
        (path, situation.recorded.attributes.get(path), situation.wanted.attributes.get(path))
        for path in sorted(situation.kind.local - UNSENT)
    ]
    return [Difference(path, before, after) for path, before, after in pairs if before != after]


def _protection_difference(situation: Situation) -> list[Difference]:
    wanted, recorded = situation.wanted.protected, situation.recorded
    if recorded is None or wanted is None or wanted == recorded.protected:
        return []
    return [Difference(PROTECTION, recorded.protected, wanted)]


def _binding_differences(situation: Situation, context: Context) -> list[Difference]:
    """A write-only attribute differs when it is bound to another source than the file names."""
    bindings = bindings_of(situation)
    return [
        Difference(path, None, None, sensitive=True)
        for path in sorted(situation.kind.write_only)
        if isinstance(source := value_at(situation.wanted.attributes, path), Reference)
        and bindings.get(path) != context.ids.get(source.address, UNKNOWN)
    ]


def bindings_of(situation: Situation) -> Mapping[str, str]:
    """Whose secrets the living object holds: what the service shows counts before what was written down."""
    recorded, observed = situation.recorded, situation.observed
    return {**(recorded.bindings if recorded else {}), **(observed.bindings if observed else {})}


def _all_attributes(desired: Desired, labels: Mapping[str, str]) -> tuple[Difference, ...]:
    differences = [Difference("id", None, UNKNOWN)]
    for path, value in leaves(desired.attributes).items():
        if isinstance(value, Reference) and value.attribute != "id":
            differences.append(Difference(path, None, None, sensitive=True))
        elif path not in UNSENT:
            differences.append(Difference(path, None, shown(value, labels)))
    if desired.protected is not None:
        differences.append(Difference(PROTECTION, None, desired.protected))
    return tuple(differences)


def shown(value: Value, labels: Mapping[str, str]) -> Value:
    """A value as a reader knows it: references and ids by their name in the file."""
    if isinstance(value, Reference):
        return labels.get(str(value.address), str(value))
    if isinstance(value, (list, tuple)):
        return sorted((shown(one, labels) for one in value), key=str)
    if isinstance(value, Mapping):
        return {name: shown(one, labels) for name, one in value.items()}
    return labels.get(value, value) if isinstance(value, str) else value


def _is_one_of(path: str, names: frozenset[str]) -> bool:
    return any(path == name or path.startswith(f"{name}.") for name in names)


def _why(situation: Situation, recorded: Recorded, differences: tuple[Difference, ...]) -> str:
    """Who caused the differences: the file, a hand, or a new secret."""
    kind = situation.kind
    by_hand = {one.path for one in differences}.intersection(situation.drifted)
    if all(one.sensitive for one in differences) and not by_hand:
        return "it gets the new token"
    if not recorded.attributes and not all(is_local(kind, one) for one in differences):
        return "an earlier run stopped before this was done"
    paths = {one.path for one in differences if not one.sensitive and not is_local(kind, one)}
    if not by_hand:
        return "changed in the file"
    return "changed by hand since the last apply" if by_hand >= paths else "changed in the file and by hand"


def _obstacle_fault(situation: Situation, obstacle: str) -> Fault:
    return Fault(
        f"Nobody's access can be taken away through {situation.address}",
        None,
        (obstacle, "Or leave --deprovision out, and people keep their access."),
    )


def _fixed_fault(situation: Situation, difference: Difference) -> Fault:
    noun = situation.kind.noun
    return Fault(
        f"{difference.path} of {situation.address} cannot be changed",
        situation.desired.place if situation.desired else None,
        (
            f"It is {difference.before!r} at the service; the file says {difference.after!r}.",
            f"PingOne cannot change it on a living {noun}, and a new {noun} in its place would take access"
            " away from people.",
            f"Write the {noun} under another key beside it, move people over, then remove this one.",
        ),
    )
