"""A plan and its drift as SARIF 2.1.0, for the lists of findings that pipelines show beside the code.

Source: docs.oasis-open.org, sarif-v2.1.0 errata 01; docs.github.com, SARIF support for code scanning.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final
from urllib.parse import quote as percent_encoded

from pingconf import __version__
from pingconf.model.address import Address
from pingconf.model.errors import Place
from pingconf.model.plan import EXPIRES, UNPUBLISHED, Change, Difference, Drift, Plan
from pingconf.model.values import SENSITIVE
from pingconf.view.style import escape, show

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
LONGEST: Final = 500
"""Characters of a value: the whole of it is in the other formats."""
MOST: Final = 25_000
"""Results in one run; GitHub refuses a file with more."""
RULES: Final = {
    "drift": ("warning", "Somebody changed it by hand since the last apply, or it cannot stay as it is."),
    "change": ("note", "The file asks for something else than the service has; an apply makes it so."),
    "unverified": ("warning", "It could not be read: nobody can say whether it is as it should be."),
}
"""Level and meaning of a rule by the first word of its id; the second is the section of the resource."""

Locate = Callable[[Address, str], Place | None]
"""The place of an attribute in the user's files, the file by its path from the working directory."""
Finding = tuple[str, Address, str, str]
"""First word of the rule, resource, path, and what there is to say."""


def sarif_document(plan: Plan, locate: Locate) -> dict[str, Any]:
    """A result for each attribute that changes or was changed, and each resource that could not be read."""
    changes = (finding for change in plan.changes for finding in _changed(change))
    return _document("plan", plan, [*_drifted(plan), *changes, *_unverified(plan)], locate)


def drift_sarif(plan: Plan, locate: Locate) -> dict[str, Any]:
    """The same without changes."""
    return _document("drift", plan, [*_drifted(plan), *_unverified(plan)], locate)


def _document(command: str, plan: Plan, findings: list[Finding], locate: Locate) -> dict[str, Any]:
    rules = list(dict.fromkeys(f"{word}/{address.section}" for word, address, _, _ in findings))
    left_out = len(findings) - MOST
    warnings = [*plan.warnings, *([f"{left_out} more results were left out"] if left_out > 0 else [])]
    run = {
        "tool": {
            "driver": {
                "name": "pingconf",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(id) for id in rules],
            }
        },
        "automationDetails": {"id": f"pingconf/{command}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(plan, warnings)],
        "results": [_result(one, rules, locate) for one in findings[:MOST]],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _invocation(plan: Plan, warnings: Iterable[str]) -> dict[str, Any]:
    """What is incomplete was no success, however few results there are."""
    told = [{"level": "warning", "message": {"text": message_text(one)}} for one in warnings]
    return {"executionSuccessful": plan.complete, "toolExecutionNotifications": told}


def _rule(id: str) -> dict[str, Any]:
    word, _, section = id.partition("/")
    level, meaning = RULES[word]
    return {
        "id": id,
        "name": f"{word.capitalize()}Of{''.join(map(str.capitalize, section.replace('.', '_').split('_')))}",
        "shortDescription": {"text": f"{section}: {word}"},
        "fullDescription": {"text": meaning},
        "help": {"text": f"{meaning} See: pingconf plan"},
        "defaultConfiguration": {"level": level},
    }


def _drifted(plan: Plan) -> Iterator[Finding]:
    for one in plan.drift:
        yield "drift", one.address, one.path, _said_of(one)


def _said_of(drift: Drift) -> str:
    if drift.path == "id" and drift.observed is None:
        return f"{drift.address} is gone: somebody deleted it since the last apply."
    if drift.path == EXPIRES:
        return f"{drift.address} {drift.observed}; it {drift.recorded}."
    if drift.path == UNPUBLISHED:
        return f"Not published in PingOne: {'; '.join(drift.observed)}."
    before, after = _value(drift.recorded), _value(drift.observed)
    return f"{drift.path} of {drift.address} was changed by hand from {before} to {after}."


def _changed(change: Change) -> Iterator[Finding]:
    for one in change.differences:
        yield "change", change.address, one.path, f"{change.action} {change.address}: {_said_of_change(one)}"
    if not change.differences:
        reason = f": {change.reason}" if change.reason else ""
        yield "change", change.address, "", f"{change.action} {change.address}{reason}."


def _said_of_change(difference: Difference) -> str:
    if difference.sensitive:
        return f"{difference.path} becomes another one {SENSITIVE}."
    return f"{difference.path} goes from {_value(difference.before)} to {_value(difference.after)}."


def _unverified(plan: Plan) -> Iterator[Finding]:
    for one in plan.unverified:
        yield "unverified", one, "", f"{one} could not be read: nobody can say whether it is as it should be."


def _value(value: Any) -> str:
    text = show(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text) - LONGEST} characters more)"


def _result(finding: Finding, rules: list[str], locate: Locate) -> dict[str, Any]:
    word, address, path, text = finding
    id = f"{word}/{address.section}"
    digest = hashlib.sha256("\n".join((id, str(address), path)).encode("utf-8", "replace")).hexdigest()
    result: dict[str, Any] = {
        "ruleId": id,
        "ruleIndex": rules.index(id),
        "level": RULES[word][0],
        "message": {"text": message_text(text)},
        # The second is the only one that GitHub reads.
        "partialFingerprints": {"pingconf/v1": digest, "primaryLocationLineHash": f"{digest[:16]}:1"},
    }
    if place := locate(address, path):
        result["locations"] = [_location(place, address)]
    return result


def _location(place: Place, address: Address) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": percent_encoded(place.file, errors="surrogateescape")},
            "region": {"startLine": place.line, "startColumn": place.column},
        },
        "logicalLocations": [{"fullyQualifiedName": escape(str(address)), "kind": "resource"}],
    }


def message_text(text: str) -> str:
    """One line in which nothing is a link (section 3.11.6) or a placeholder (3.11.5)."""
    for letter in "\\[]":
        text = text.replace(letter, f"\\{letter}")
    return escape(text).replace("{", "{{").replace("}", "}}")
