"""Plans and drift as SARIF: valid, placed, stable from run to run, and obeying no name."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft7Validator, FormatChecker

from pingconf.model.address import Address
from pingconf.model.errors import Place
from pingconf.model.plan import Action, Change, Drift, Plan
from pingconf.view.sarif import MOST, drift_sarif, message_text, sarif_document
from tests.view import DRIFT, EMPTY, FULL
from tests.view.hostile import HOSTILE, RULE, hostile_plan

SCHEMA: Final = json.loads((Path(__file__).parent / "sarif-2.1.0.schema.json").read_text("utf-8"))
VALIDATOR: Final = Draft7Validator(SCHEMA, format_checker=FormatChecker())
PLACE: Final = Place("conf/ping conf#1.yaml", 41, 7)


def locate(address: Address, path: str) -> Place | None:
    return PLACE


def nowhere(address: Address, path: str) -> Place | None:
    return None


def run_of(document: dict[str, Any]) -> dict[str, Any]:
    """The one run of a document that is valid."""
    assert [one.message for one in VALIDATOR.iter_errors(document)] == []
    (run,) = json.loads(json.dumps(document))["runs"]
    assert isinstance(run, dict)
    return run


def test_the_schema_refuses_what_is_none() -> None:
    document = sarif_document(FULL, locate)
    document["runs"][0]["results"][0]["level"] = "fatal"
    assert not VALIDATOR.is_valid(document)


def test_a_result_has_a_rule_a_place_and_a_text() -> None:
    (first, *_) = run_of(drift_sarif(FULL, locate))["results"]
    assert first["ruleId"] == "drift/pingone.rules"
    assert first["level"] == "warning"
    assert first["message"]["text"] == (
        "enabled of pingone.rules.employees was changed by hand from true to false."
    )
    (location,) = first["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "conf/ping%20conf%231.yaml"},
        "region": {"startLine": 41, "startColumn": 7},
    }


def test_each_kind_of_finding_has_its_rule() -> None:
    run = run_of(sarif_document(FULL, nowhere))
    rules = run["tool"]["driver"]["rules"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert "locations" not in result
    found = {one["ruleId"]: one["level"] for one in run["results"]}
    assert found == {
        "drift/pingone.rules": "warning",
        "drift/pingone.groups": "warning",
        "change/infisical.scim_tokens": "note",
        "change/pingone.connections": "note",
        "change/pingone.rules": "note",
        "change/pingone.groups": "note",
        "change/infisical.scim": "note",
        "change/pingone.directory": "note",
        "change/pingone.revision": "note",
        "unverified/infisical.scim_tokens": "warning",
    }
    texts = [one["message"]["text"] for one in run["results"]]
    assert "auth.token becomes another one (sensitive)." in " ".join(texts)
    assert "pingone.groups.staff is gone: somebody deleted it since the last apply." in texts


def test_what_is_incomplete_is_no_success() -> None:
    assert run_of(drift_sarif(FULL, nowhere))["invocations"][0]["executionSuccessful"] is False
    run = run_of(drift_sarif(EMPTY, nowhere))
    assert run["invocations"][0]["executionSuccessful"] is True
    assert run["results"] == []


def fingerprints(plan: Plan) -> list[str]:
    results = run_of(drift_sarif(plan, locate))["results"]
    return [one["partialFingerprints"]["primaryLocationLineHash"] for one in results]


def test_a_finding_is_the_same_one_whatever_its_value_and_place() -> None:
    before = fingerprints(FULL)
    assert len(set(before)) == len(before) == 4
    moved = tuple(replace(one, observed="another", recorded="one") for one in DRIFT)
    assert set(fingerprints(replace(FULL, drift=moved[::-1]))) == set(before)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_a_link_a_placeholder_or_several_lines(text: str) -> None:
    written = message_text(text + "{0}[a](https://evil.example)\\[b](c)")
    assert not re.search(r"(?<!\\)(\\\\)*\[", written)
    assert not re.search(r"(?<!\{)(\{\{)*\{(?!\{)", written)
    assert written.isprintable()


def test_hostile_names_leave_a_valid_document() -> None:
    for document in (sarif_document(hostile_plan(), locate), drift_sarif(hostile_plan(), nowhere)):
        run = run_of(document)
        text = json.dumps(document, ensure_ascii=False)
        assert text.isprintable()
        text.encode("utf-8")
        notes = run["invocations"][0]["toolExecutionNotifications"]
        assert len(notes) == len(HOSTILE)


def test_a_long_value_is_cut() -> None:
    plan = replace(EMPTY, drift=(Drift(RULE, "name", "x" * 2_000, "y"),))
    (result,) = run_of(drift_sarif(plan, locate))["results"]
    assert "(1502 characters more)" in result["message"]["text"]


def test_a_run_holds_no_more_results_than_are_taken() -> None:
    drift = tuple(Drift(RULE, f"a{n}", 1, 2) for n in range(MOST + 3))
    run = drift_sarif(replace(EMPTY, drift=drift), nowhere)["runs"][0]
    assert len(run["results"]) == MOST
    assert run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == (
        "3 more results were left out"
    )


def test_a_change_without_a_difference_says_why() -> None:
    change = Change(RULE, Action.UPDATE, "changed by hand to what the file allows")
    (result,) = run_of(sarif_document(replace(EMPTY, changes=(change,)), locate))["results"]
    assert result["message"]["text"].endswith("employees: changed by hand to what the file allows.")
