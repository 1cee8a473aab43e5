"""The JSON documents: the keys that are promised, values without secrets, and a schema that fits."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pingconf import __version__
from pingconf.model.address import Address
from pingconf.model.errors import ServiceError
from pingconf.model.event import Begun, Done, Event, Failed, Skipped, Summary
from pingconf.model.plan import Action, Change, Difference, Verb
from pingconf.model.values import UNKNOWN, Reference, Secret
from pingconf.view.json import drift_document, event_line, plan_document, plan_schema, summary_line
from tests.view import CANARY, EMPTY, FULL

RULE = Address("pingone.rules", "employees")
VALIDATOR = Draft202012Validator(plan_schema())


def test_an_empty_plan_has_every_key() -> None:
    assert plan_document(EMPTY) == {
        "format_version": "1.0",
        "pingconf_version": __version__,
        "lineage": "lineage-1",
        "serial": 4,
        "complete": True,
        "changes": [],
        "drift": [],
        "people": [],
        "unverified": [],
        "warnings": [],
        "summary": {
            "add": 0, "change": 0, "replace": 0, "destroy": 0, "adopt": 0, "commit": 0, "drifted": 0
        },
    }  # fmt: skip


def test_a_full_plan() -> None:
    document = plan_document(FULL)
    assert document["complete"] is False
    assert document["unverified"] == ["infisical.scim_tokens.other"]
    assert document["warnings"] == ["The token never expires."]
    assert document["summary"] == {
        "add": 1, "change": 1, "replace": 1, "destroy": 1, "adopt": 1, "commit": 1, "drifted": 2
    }  # fmt: skip
    assert [change["action"] for change in document["changes"]] == (
        ["replace", "create", "update", "delete", "adopt", "forget", "commit"]
    )
    assert document["changes"][0] == {
        "address": "infisical.scim_tokens.pingone",
        "action": "replace",
        "reason": "26 days are left",
        "differences": [
            {"path": "id", "before": "t1", "after": "(known after apply)", "sensitive": False},
            {"path": "ttl_days", "before": 365, "after": 30, "sensitive": False},
        ],
    }
    assert document["drift"][2] == {
        "address": "pingone.groups.staff", "path": "id", "recorded": "g-1", "observed": None
    }  # fmt: skip


def test_drift_is_the_same_document_without_changes() -> None:
    document = drift_document(FULL)
    assert document["changes"] == []
    assert document["drift"] == plan_document(FULL)["drift"]
    assert document["summary"] == {
        "add": 0, "change": 0, "replace": 0, "destroy": 0, "adopt": 0, "commit": 0, "drifted": 2
    }  # fmt: skip
    VALIDATOR.validate(document)


@pytest.mark.parametrize("plan", [EMPTY, FULL], ids=["empty", "full"])
def test_documents_fit_the_schema(plan: Any) -> None:
    VALIDATOR.validate(json.loads(json.dumps(plan_document(plan))))


def test_the_schema_is_strict_and_explained() -> None:
    schema = plan_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["title"] == "Plan of pingconf"
    for definition in (schema, *schema["$defs"].values()):
        if definition.get("type") == "object":
            assert definition["additionalProperties"] is False
            assert sorted(definition["required"]) == sorted(definition["properties"])
            assert definition["description"]
            assert all("description" in one or "$ref" in one for one in definition["properties"].values())
    document = plan_document(FULL)
    for odd in (
        {"extra": 1},
        {"format_version": "2.0"},
        {"serial": -1},
        {"changes": [{**document["changes"][0], "action": "no-op"}]},
        {"unverified": ["Not An Address"]},
        {"summary": {**document["summary"], "forget": 0}},
    ):
        assert not VALIDATOR.is_valid({**document, **odd})


def test_sensitive_and_odd_values_are_plain_json() -> None:
    change = Change(
        RULE,
        Action.UPDATE,
        "",
        (
            Difference("token", CANARY, CANARY, sensitive=True),
            Difference("secret", Secret(CANARY), [Secret(CANARY)]),
            Difference("groups", ("a",), [Reference(Address("pingone.groups", "b")), UNKNOWN]),
            Difference("mappings", {"x": UNKNOWN}, frozenset({"b", "a"})),
        ),
    )
    text = json.dumps(plan_document(replace(EMPTY, changes=(change,))))
    assert CANARY not in text
    found = [(one["before"], one["after"]) for one in json.loads(text)["changes"][0]["differences"]]
    assert found == [
        (None, None),
        (None, [None]),
        (["a"], ["b", "(known after apply)"]),
        ({"x": "(known after apply)"}, ["a", "b"]),
    ]


@pytest.mark.parametrize(
    ("event", "type_", "seconds"),
    [
        (Begun(RULE, Verb.UPDATE), "begun", 0.0),
        (Done(RULE, Verb.UPDATE, 0.12345), "done", 0.123),
        (Failed(RULE, Verb.UPDATE, 1.5, ServiceError("no")), "failed", 1.5),
        (Skipped(RULE, Verb.UPDATE), "skipped", 0.0),
    ],
)
def test_event_lines(event: Event, type_: str, seconds: float) -> None:
    line = {"type": type_, "address": "pingone.rules.employees", "verb": "update", "seconds": seconds}
    assert event_line(event) == line


def test_the_summary_line() -> None:
    assert summary_line(Summary(3, 1, 0, 1, 2)) == {
        "type": "summary", "added": 3, "changed": 1, "destroyed": 0, "failed": 1, "skipped": 2
    }  # fmt: skip


def test_showing_and_reading_imports_nothing_heavy() -> None:
    code = (
        "import sys, pingconf.view.json, pingconf.view.plan, pingconf.view.events, pingconf.backends.local;"
        "heavy = {'pydantic', 'requests', 'filelock', 'click', 'yaml'} & set(sys.modules);"
        "sys.exit(' '.join(sorted(heavy)) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
