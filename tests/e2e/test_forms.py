"""The forms of `plan`, `show` and `drift`: for programs, pipelines and lists of findings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft7Validator
from junitparser import Failure, JUnitXml

from tests.e2e.hands import FIELDS, RULE, Change, rule
from tests.e2e.makers import Ran, Stage
from tests.view.hostile import HOSTILE

SCHEMA: Final = Path(__file__).parents[1] / "view" / "sarif-2.1.0.schema.json"


def hand(address: str, path: str) -> Change:
    return next(one for one in FIELDS if (one.address, one.path) == (address, path))


def results(ran: Ran) -> list[dict[str, Any]]:
    Draft7Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(ran.document)
    (run,) = ran.document["runs"]
    found: list[dict[str, Any]] = run["results"]
    return found


def line_of(result: dict[str, Any], folder: Path) -> str:
    """The line of the user's file that a result points at."""
    place = result["locations"][0]["physicalLocation"]
    lines = (folder / place["artifactLocation"]["uri"]).read_text("utf-8").splitlines()
    line: str = lines[place["region"]["startLine"] - 1]
    assert line[: place["region"]["startColumn"] - 1].strip() == ""
    return line.strip()


def test_sarif_points_at_the_line_of_the_file(applied: Stage) -> None:
    hand("infisical.scim", "enabled").act(applied.world)
    hand(RULE, "user_filter").act(applied.world)
    found = results(applied.run("drift", "--format", "sarif", expect=2))
    assert {one["ruleId"]: line_of(one, applied.folder) for one in found} == {
        "drift/infisical.scim": "enabled: true",
        "drift/pingone.rules": "user_filter: enabled eq true",
    }
    planned = results(applied.run("plan", "--format", "sarif", "--out", "saved"))
    lines = {line_of(one, applied.folder) for one in planned if one["ruleId"] == "change/pingone.rules"}
    assert "user_filter: enabled eq true" in lines
    shown = results(applied.run("show", "saved", "--format", "sarif"))
    assert [one["message"] for one in shown] == [one["message"] for one in planned]
    assert "employees:" in {line_of(one, applied.folder) for one in shown if one.get("locations")}


@pytest.mark.parametrize("command", [["drift"], ["plan"]])
def test_hostile_names_in_every_form(applied: Stage, command: list[str]) -> None:
    name = "".join(one for one in HOSTILE[:-1] if "\ud800" not in one)
    rule(applied.world)["name"] = name
    expect = 2 if command == ["drift"] else 0
    for form in ("text", "markdown", "junit", "json", "sarif"):
        out = applied.run(*command, "--format", form, expect=expect).out
        assert all(line.isprintable() for line in out.splitlines()) or form == "json"
        assert not any(line.strip().startswith(("::", "##[", "##vso")) for line in out.splitlines())
        if form == "junit":
            (suite,) = JUnitXml.fromstring(out)
            failed = {str(one.name) for one in suite if any(isinstance(each, Failure) for each in one.result)}
            assert RULE in failed
        if form == "sarif":
            json.loads(out)


def test_forms_that_contradict_each_other(applied: Stage) -> None:
    assert (
        "--json and --format junit contradict"
        in applied.run("drift", "--json", "--format", "junit", expect=64).err
    )
    assert 'sarif, not "html"' in applied.run("show", "x", "--format", "html", expect=64).err
