"""A plan, its drift and the events of an apply as JSON documents; their format changes only with its version.

A value that the service will give is the text `(known after apply)`; a sensitive one is null on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from pingconf import __version__
from pingconf.model.event import Done, Event, Failed, Summary
from pingconf.model.plan import Action, Change, Difference, Drift, Plan, RulePeople
from pingconf.model.state import Moved
from pingconf.model.values import KNOWN_AFTER_APPLY, UNKNOWN, Reference, Secret, Value

FORMAT_VERSION = "1.0"


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan as `plan --json` prints it."""
    return {
        "format_version": FORMAT_VERSION,
        "pingconf_version": __version__,
        "lineage": plan.lineage,
        "serial": plan.serial,
        "complete": plan.complete,
        "changes": [_change(change) for change in plan.changes],
        "drift": [_drift(drift) for drift in plan.drift],
        "people": [_people(one) for one in plan.people.rules],
        "unverified": [str(address) for address in plan.unverified],
        "warnings": [*plan.warnings, *_remarks(plan)],
        "summary": _summary(plan.changes, plan.drift),
    }


def _remarks(plan: Plan) -> Iterator[str]:
    """What the text of a plan shows in lists of its own."""
    for one in plan.learnt:
        if isinstance(one, Moved):
            yield f"{one.source} is {one.target} from now on"
    for address in plan.left_out:
        yield f"{address} has changes and was left out, as it was not asked for"


def drift_document(plan: Plan) -> dict[str, Any]:
    """The same document as `drift --json` prints it: without changes."""
    return {**plan_document(plan), "changes": [], "summary": _summary((), plan.drift)}


def event_line(event: Event) -> dict[str, Any]:
    """One event of `apply --json`; a step that was only begun, or skipped, has taken no time."""
    return {
        "type": type(event).__name__.lower(),
        "address": str(event.address),
        "verb": event.verb.value,
        "seconds": round(event.seconds, 3) if isinstance(event, Done | Failed) else 0.0,
    }


def summary_line(summary: Summary) -> dict[str, Any]:
    """The last line of `apply --json`."""
    return {"type": "summary", **asdict(summary)}


def plan_schema() -> dict[str, Any]:
    """The JSON Schema of the plan document."""
    from pingconf.view.schema import PlanDocument, schema_of  # pydantic, which no plan needs to be shown

    return schema_of(PlanDocument, "Plan of pingconf")


def _summary(changes: tuple[Change, ...], drift: tuple[Drift, ...]) -> dict[str, int]:
    """Resources by what happens to them; a replaced one counts as replaced only."""
    actions = [change.action for change in changes]
    return {
        "add": actions.count(Action.CREATE),
        "change": actions.count(Action.UPDATE),
        "replace": actions.count(Action.REPLACE),
        "destroy": actions.count(Action.DELETE),
        "adopt": actions.count(Action.ADOPT),
        "commit": actions.count(Action.COMMIT),
        "drifted": len({drift.address for drift in drift}),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "address": str(change.address),
        "action": change.action.value,
        "reason": change.reason,
        "differences": [_difference(difference) for difference in change.differences],
    }


def _difference(difference: Difference) -> dict[str, Any]:
    sensitive = difference.sensitive
    return {
        "path": difference.path,
        "before": None if sensitive else plain(difference.before),
        "after": None if sensitive else plain(difference.after),
        "sensitive": sensitive,
    }


def _people(people: RulePeople) -> dict[str, Any]:
    return {
        "rule": str(people.rule),
        "before": people.before,
        "after": people.after,
        "gains": people.gains,
        "losses": people.losses,
    }


def _drift(drift: Drift) -> dict[str, Any]:
    return {
        "address": str(drift.address),
        "path": drift.path,
        "recorded": plain(drift.recorded),
        "observed": plain(drift.observed),
    }


def plain(value: Value) -> Any:
    """The value in JSON types; a reference is written as in the file."""
    if value is UNKNOWN:
        return KNOWN_AFTER_APPLY
    if isinstance(value, Secret):
        return None
    if isinstance(value, Reference):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(element) for key, element in value.items()}
    if isinstance(value, list | tuple):
        return [plain(element) for element in value]
    if isinstance(value, set | frozenset):
        return sorted((plain(element) for element in value), key=str)
    return value
