"""What may be written down of a resource, and the words for what a step does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pingconf.engine.diff import UNSENT
from pingconf.model.kind import Kind
from pingconf.model.plan import Step, Verb
from pingconf.model.resource import Desired
from pingconf.model.values import Attributes, Reference, Secret, Value

GERUNDS: Mapping[Verb, str] = {
    Verb.CREATE: "creating",
    Verb.UPDATE: "updating",
    Verb.TEST: "testing",
    Verb.RECORD: "writing down",
    Verb.ADOPT: "adopting",
    Verb.RELEASE: "releasing",
    Verb.DELETE: "deleting",
    Verb.FORGET: "forgetting",
    Verb.DEPROVISION: "deprovisioning",
    Verb.AWAIT: "waiting for the people of",
    Verb.COMMIT: "publishing",
    Verb.VERIFY: "verifying",
    Verb.REVOKE: "revoking the old secret of",
}


def wanted_of(step: Step) -> Desired:
    """What a step writes; a step that has nothing to write is a bug of the planner."""
    if step.desired is None:
        raise RuntimeError(f"the step {step.key} has nothing to write")
    return step.desired


def storable(attributes: Attributes, kind: Kind[Any]) -> dict[str, Value]:
    """What is written down of attributes: never a write-only one, nor anything that is not plain."""
    unkept = UNSENT | kind.needs.keys() | kind.write_only
    return {name: _plain(value) for name, value in attributes.items() if name not in unkept}


def _plain(value: Value) -> Value:
    if isinstance(value, Mapping):
        kept = {name: one for name, one in value.items() if not isinstance(one, Secret | Reference)}
        return {name: _plain(one) for name, one in kept.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
