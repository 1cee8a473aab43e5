"""A plan as plain JSON and back: every value in it, but never a secret."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from pingconf.backends.entries import entry_from_json, entry_to_json
from pingconf.backends.shape import as_address, as_fields, as_plain, as_text, as_texts, as_typed
from pingconf.model.address import Address, parse_address
from pingconf.model.errors import Place
from pingconf.model.plan import Action, Change, Difference, Drift, People, Plan, RulePeople, Step, Verb
from pingconf.model.resource import Desired, Marker, Observed
from pingconf.model.values import UNKNOWN, Attributes, Reference, Value

T = TypeVar("T")
REFERENCE: Final = "$reference"
ATTRIBUTE: Final = "attribute"
NOT_KNOWN: Final = {"$unknown": True}


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """The whole plan; raises TypeError for a Secret, which no plan may hold."""
    return {
        "lineage": plan.lineage,
        "serial": plan.serial,
        "revision": plan.revision,
        "changes": [_change_to_json(one) for one in plan.changes],
        "steps": [_step_to_json(one) for one in plan.steps],
        "drift": [_drift_to_json(one) for one in plan.drift],
        "unverified": [str(one) for one in plan.unverified],
        "left_out": [str(one) for one in plan.left_out],
        "foreign": list(plan.foreign),
        "people": _people_to_json(plan.people),
        "warnings": list(plan.warnings),
        "learnt": [entry_to_json(one) for one in plan.learnt],
        "observed": {str(address): _observed_to_json(one) for address, one in plan.observed.items()},
    }


def plan_from_json(document: Any) -> Plan:
    """The inverse of `plan_to_json`; raises ValueError that names what is out of shape."""
    lists = "changes steps drift unverified left_out foreign people warnings learnt observed"
    found = as_fields(document, "the plan", f"lineage serial revision {lists}")
    observed = as_typed(found["observed"], dict, "observed")
    return Plan(
        lineage=as_text(found["lineage"], "lineage"),
        serial=as_typed(found["serial"], int, "serial"),
        revision=as_text(found["revision"], "revision"),
        changes=_each(found, "changes", _change_from_json),
        steps=_each(found, "steps", _step_from_json),
        drift=_each(found, "drift", _drift_from_json),
        unverified=_each(found, "unverified", as_address),
        left_out=_each(found, "left_out", as_address),
        foreign=as_texts(found["foreign"], "foreign"),
        people=_people_from_json(found["people"]),
        warnings=as_texts(found["warnings"], "warnings"),
        learnt=_each(found, "learnt", entry_from_json),
        observed={parse_address(key): _observed_from_json(one) for key, one in observed.items()},
    )


def _each(found: Mapping[str, Any], name: str, read: Callable[[Any], T]) -> tuple[T, ...]:
    return tuple(read(one) for one in as_typed(found[name], list, name))


# ---- values


def value_to_json(value: Value) -> Any:
    """References and the unknown become objects with a `$` before their key; a key of the file that begins
    with one gets a second."""
    if value is UNKNOWN:
        return NOT_KNOWN
    if isinstance(value, Reference):
        return {REFERENCE: str(value.address), ATTRIBUTE: value.attribute}
    if isinstance(value, Mapping):
        return {_escaped(name): value_to_json(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [value_to_json(one) for one in value]
    return as_plain(value, "a value")


def _escaped(name: str) -> str:
    return f"${name}" if name.startswith("$") else name


def value_from_json(value: Any) -> Value:
    """The inverse of `value_to_json`."""
    if isinstance(value, dict):
        if value == NOT_KNOWN:
            return UNKNOWN
        if REFERENCE in value:
            return Reference(as_address(value[REFERENCE]), as_text(value.get(ATTRIBUTE), ATTRIBUTE))
        return {name.removeprefix("$"): value_from_json(one) for name, one in value.items()}
    return [value_from_json(one) for one in value] if isinstance(value, list) else value


def _attributes(document: Any) -> Attributes:
    attributes: Attributes = value_from_json(as_typed(document, dict, "attributes"))
    return attributes


# ---- what will be done


def _change_to_json(change: Change) -> dict[str, Any]:
    return {
        "address": str(change.address),
        "action": change.action.value,
        "reason": change.reason,
        "differences": [
            {
                "path": one.path,
                "before": value_to_json(one.before),
                "after": value_to_json(one.after),
                "sensitive": one.sensitive,
                "forces_replacement": one.forces_replacement,
            }
            for one in change.differences
        ],
    }


def _change_from_json(document: Any) -> Change:
    found = as_fields(document, "a change", "address action reason differences")
    return Change(
        as_address(found["address"]),
        Action(as_text(found["action"], "action")),
        as_text(found["reason"], "reason"),
        _each(found, "differences", _difference_from_json),
    )


def _difference_from_json(document: Any) -> Difference:
    found = as_fields(document, "a difference", "path before after sensitive forces_replacement")
    return Difference(
        as_text(found["path"], "path"),
        value_from_json(found["before"]),
        value_from_json(found["after"]),
        as_typed(found["sensitive"], bool, "sensitive"),
        as_typed(found["forces_replacement"], bool, "forces_replacement"),
    )


def _step_to_json(step: Step) -> dict[str, Any]:
    return {
        "key": step.key,
        "verb": step.verb.value,
        "address": str(step.address),
        "needs": list(step.needs),
        "desired": _desired_to_json(step.desired) if step.desired else None,
        "ids": list(step.ids),
        "made": step.made,
        "published": step.published,
    }


def _step_from_json(document: Any) -> Step:
    found = as_fields(document, "a step", "key verb address needs desired ids made published")
    return Step(
        key=as_text(found["key"], "key"),
        verb=Verb(as_text(found["verb"], "verb")),
        address=as_address(found["address"]),
        needs=as_texts(found["needs"], "needs"),
        desired=None if found["desired"] is None else _desired_from_json(found["desired"]),
        ids=as_texts(found["ids"], "ids"),
        made=as_typed(found["made"], bool, "made"),
        published=as_typed(found["published"], bool, "published"),
    )


def _desired_to_json(desired: Desired) -> dict[str, Any]:
    place = desired.place
    return {
        "address": str(desired.address),
        "attributes": value_to_json(desired.attributes),
        "place": [place.file, place.line, place.column] if place else None,
        "depends_on": [str(one) for one in desired.depends_on],
        "external": desired.external,
        "protected": desired.protected,
    }


def _desired_from_json(document: Any) -> Desired:
    found = as_fields(document, "a resource", "address attributes place depends_on external protected")
    protected = found["protected"]
    return Desired(
        address=as_address(found["address"]),
        attributes=_attributes(found["attributes"]),
        place=None if found["place"] is None else _place(found["place"]),
        depends_on=_addresses(found["depends_on"]),
        external=as_typed(found["external"], bool, "external"),
        protected=None if protected is None else as_typed(protected, bool, "protected"),
    )


def _place(document: Any) -> Place:
    file, line, column = as_typed(document, list, "place")
    return Place(as_text(file, "place"), as_typed(line, int, "place"), as_typed(column, int, "place"))


def _addresses(document: Any) -> tuple[Address, ...]:
    return tuple(map(as_address, as_typed(document, list, "addresses")))


# ---- what was seen


def _drift_to_json(drift: Drift) -> dict[str, Any]:
    return {
        "address": str(drift.address),
        "path": drift.path,
        "recorded": value_to_json(drift.recorded),
        "observed": value_to_json(drift.observed),
    }


def _drift_from_json(document: Any) -> Drift:
    found = as_fields(document, "drift", "address path recorded observed")
    recorded, observed = value_from_json(found["recorded"]), value_from_json(found["observed"])
    return Drift(as_address(found["address"]), as_text(found["path"], "path"), recorded, observed)


def _people_to_json(people: People) -> dict[str, Any]:
    """Numbers only: a plan names nobody."""
    return {
        "rules": [[str(one.rule), one.before, one.after, one.gains, one.losses] for one in people.rules],
        "in_scope": people.in_scope,
        "removed": people.removed,
        "trouble": people.trouble,
    }


def _people_from_json(document: Any) -> People:
    found = as_fields(document, "people", "rules in_scope removed trouble")
    return People(
        rules=_each(found, "rules", _rule_people),
        in_scope=as_typed(found["in_scope"], int, "in_scope"),
        removed=as_typed(found["removed"], int, "removed"),
        trouble=as_text(found["trouble"], "trouble"),
    )


def _rule_people(document: Any) -> RulePeople:
    rule, before, after, gains, losses = as_typed(document, list, "a rule's people")
    counted = [None if one is None else as_typed(one, int, "people") for one in (before, after)]
    numbers = [as_typed(one, int, "people") for one in (gains, losses)]
    return RulePeople(as_address(rule), counted[0], counted[1], numbers[0], numbers[1])


def _observed_to_json(observed: Observed) -> dict[str, Any]:
    """Without the names of other objects: they are for showing, and what is shown stands in the changes."""
    marker = observed.marker
    return {
        "id": observed.id,
        "attributes": value_to_json(observed.attributes),
        "spellings": {path: list(texts) for path, texts in observed.spellings.items()},
        "facts": dict(observed.facts),
        "bindings": dict(observed.bindings),
        "marker": [marker.lineage, marker.key, marker.nonce] if marker else None,
    }


def _observed_from_json(document: Any) -> Observed:
    found = as_fields(document, "an object", "id attributes spellings facts bindings marker")
    spellings = as_typed(found["spellings"], dict, "spellings")
    facts = as_typed(found["facts"], dict, "facts")
    bindings = as_typed(found["bindings"], dict, "bindings")
    marker = found["marker"]
    return Observed(
        id=as_text(found["id"], "id"),
        attributes=_attributes(found["attributes"]),
        spellings={path: as_texts(texts, "spellings") for path, texts in spellings.items()},
        facts={name: as_text(fact, "facts") for name, fact in facts.items()},
        bindings={path: as_text(id, "bindings") for path, id in bindings.items()},
        marker=None if marker is None else Marker(*as_texts(marker, "marker")),
    )
