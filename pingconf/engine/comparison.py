"""What the file says held against what is there, attribute by attribute, and as a reader knows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pingconf.engine.diff import UNSENT, departures, unseen_of
from pingconf.engine.situation import Situation
from pingconf.model.address import Address
from pingconf.model.kind import Kind
from pingconf.model.plan import Difference
from pingconf.model.resource import Desired, Observed
from pingconf.model.values import UNKNOWN, Attributes, Reference, Value, leaves, value_at

PROTECTION: Final = "lifecycle.prevent_destroy"


def compare(
    situation: Situation, observed: Observed, ids: Mapping[Address, Value], labels: Mapping[str, str]
) -> tuple[Difference, ...]:
    """Every attribute of the file that the living object, or what it is bound to, does not match."""
    kind, wanted = situation.kind, situation.wanted.attributes
    refused = refused_of(situation)
    seen = [
        Difference(
            path,
            shown(value_at(observed.attributes, path), labels),
            shown(value_at(wanted, path), labels),
            forces_replacement=is_one_of(path, kind.replaces_on),
        )
        for path in departures(kind, resolve(wanted, ids), observed, ignore=unseen_of(kind))
        if path not in refused
    ]
    local = (*_local_differences(situation), *_protection_difference(situation))
    return (*seen, *local, *_binding_differences(situation, ids))


def is_local(kind: Kind[Any], difference: Difference) -> bool:
    """Whether it changes nothing at the service, only what is written down."""
    return difference.path == PROTECTION or difference.path in kind.local


def refused_of(situation: Situation) -> frozenset[str]:
    """Attributes that the service did not keep when they were sent, and still shows as it did then."""
    if situation.recorded is None or situation.observed is None or not situation.kind.refusable:
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
    if isinstance(value, str):
        return value
    if isinstance(value, Reference):
        return ids.get(value.address, UNKNOWN) if value.attribute == "id" else value
    if isinstance(value, Mapping):
        return resolve(value, ids)
    if isinstance(value, (list, tuple)):
        return [_resolved(one, ids) for one in value]
    return value


def _local_differences(situation: Situation) -> list[Difference]:
    paths = situation.kind.local - UNSENT
    if situation.recorded is None or not paths:
        return []
    pairs = [
        (path, situation.recorded.attributes.get(path), situation.wanted.attributes.get(path))
        for path in sorted(paths)
    ]
    return [Difference(path, before, after) for path, before, after in pairs if before != after]


def _protection_difference(situation: Situation) -> list[Difference]:
    wanted, recorded = situation.wanted.protected, situation.recorded
    if recorded is None or wanted is None or wanted == recorded.protected:
        return []
    return [Difference(PROTECTION, recorded.protected, wanted)]


def _binding_differences(situation: Situation, ids: Mapping[Address, Value]) -> list[Difference]:
    """A write-only attribute differs when it is bound to another source than the file names."""
    if not situation.kind.write_only:
        return []
    bindings = bindings_of(situation)
    return [
        Difference(path, None, None, sensitive=True)
        for path in sorted(situation.kind.write_only)
        if isinstance(source := value_at(situation.wanted.attributes, path), Reference)
        and bindings.get(path) != ids.get(source.address, UNKNOWN)
    ]


def bindings_of(situation: Situation) -> Mapping[str, str]:
    """Whose secrets the living object holds: what the service shows counts before what was written down."""
    recorded, observed = situation.recorded, situation.observed
    return {**(recorded.bindings if recorded else {}), **(observed.bindings if observed else {})}


def all_attributes(desired: Desired, labels: Mapping[str, str]) -> tuple[Difference, ...]:
    """Every attribute of something that is not there yet."""
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


def is_one_of(path: str, names: frozenset[str]) -> bool:
    """Whether a dotted path is one of these, or lies below one of them."""
    return any(path == name or path.startswith(f"{name}.") for name in names)
