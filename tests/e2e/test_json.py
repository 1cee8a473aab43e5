"""What scripts read: documents by their schema on stdout, everything else on stderr, and exit codes."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Any

import jsonschema
import pytest

from pingconf import __version__
from pingconf.view.json import plan_schema
from tests.e2e.hands import CONNECTION, GROUP, RULE, rule
from tests.e2e.makers import Stage, example, run_apart

MANAGED = [
    "infisical.scim",
    "infisical.scim_tokens.pingone",
    "pingone.directory",
    CONNECTION,
    GROUP,
    "pingone.plan",
    RULE,
]


def checked(document: Any) -> Any:
    """The document, which must be as the schema says."""
    jsonschema.Draft202012Validator(plan_schema()).validate(document)
    return document


def test_a_first_plan(services: Stage) -> None:
    ran = services.run("plan", "--json", "--detailed-exitcode", expect=2)
    document = checked(ran.document)
    assert ran.err == ""
    actions = {change["address"]: change["action"] for change in document["changes"]}
    assert actions == {
        **dict.fromkeys(MANAGED, "create"),
        "infisical.scim": "update",
        "pingone.revision": "commit",
    }
    assert document["summary"] == {
        "add": 6, "change": 1, "replace": 0, "destroy": 0, "adopt": 0, "commit": 1, "drifted": 0,
    }  # fmt: skip
    assert (document["complete"], document["unverified"], document["drift"]) == (True, [], [])
    connection = next(one for one in document["changes"] if one["address"] == CONNECTION)
    token = next(one for one in connection["differences"] if one["path"] == "auth.token")
    assert token == {"path": "auth.token", "before": None, "after": None, "sensitive": True}


def test_a_plan_of_each_sort(applied: Stage) -> None:
    assert checked(applied.run("plan", "--format", "json").document)["changes"] == []
    applied.edit("infisical.scim_tokens.pingone.ttl_days", 90)
    applied.edit(f"{RULE}.groups", ["all_staff"])
    applied.edit(GROUP, None)
    document = checked(applied.run("plan", "--json").document)
    assert document["serial"] == 1
    assert document["summary"] == {
        "add": 0, "change": 2, "replace": 1, "destroy": 1, "adopt": 0, "commit": 1, "drifted": 0,
    }  # fmt: skip
    difference = next(one for one in document["changes"] if one["address"] == RULE)["differences"][0]
    assert difference["before"] == ["all_staff", "engineering"]
    assert difference["after"] == ["all_staff"]
    destroyed = checked(applied.run("plan", "--destroy", "--json").document)
    assert destroyed["summary"]["destroy"] >= 4


def test_drift(applied: Stage) -> None:
    empty = checked(applied.run("drift", "--json").document)
    assert (empty["drift"], empty["summary"]["drifted"]) == ([], 0)
    rule(applied.world)["populationExpression"] = 'title co "Engineer"'
    ran = applied.run("drift", "--json", expect=2)
    document = checked(ran.document)
    assert ran.err == ""
    assert document["changes"] == []
    assert document["drift"] == [
        {
            "address": RULE,
            "path": "user_filter",
            "recorded": "enabled eq true",
            "observed": 'title co "Engineer"',
        }
    ]
    assert applied.run("drift", "--format", "json", expect=2).document == document


def test_apply(services: Stage) -> None:
    ran = services.run("apply", "--json", "--auto-approve")
    assert ran.err == ""
    *events, summary = ran.lines
    assert summary == {
        "type": "summary", "added": 6, "changed": 1, "destroyed": 0, "failed": 0, "skipped": 0,
    }  # fmt: skip
    assert {event["type"] for event in events} == {"begun", "done"}
    assert all(event.keys() == {"type", "address", "verb", "seconds"} for event in events)
    assert [event["address"] for event in events if event["type"] == "done"][-1] == "pingone.revision"
    nothing = services.run("apply", "--json", "--auto-approve").lines
    assert nothing == [{**summary, "added": 0, "changed": 0}]


def test_an_apply_that_stops(services: Stage) -> None:
    services.wire.break_write(7, "refused")
    ran = services.run("apply", "--json", "--auto-approve", expect=7)
    *events, summary = ran.lines
    kinds = [event["type"] for event in events]
    assert kinds.count("failed") == 1
    assert set(kinds[kinds.index("failed") + 1 :]) == {"skipped"}
    assert summary["failed"] == 1
    assert summary["skipped"] == kinds.count("skipped") > 0
    assert ran.err.startswith("Error: ")


def test_destroy(applied: Stage) -> None:
    *_, summary = applied.run("destroy", "--json", "--auto-approve").lines
    assert (summary["added"], summary["changed"], summary["failed"]) == (0, 0, 0)
    assert summary["destroyed"] >= 4


def test_an_error_leaves_stdout_empty(services: Stage) -> None:
    services.edit(f"{RULE}.connection", "nowhere")
    for command in (["plan", "--json"], ["drift", "--json"], ["apply", "--json", "--auto-approve"]):
        ran = services.run(*command, expect=1)
        assert ran.out == ""
        assert ran.err.startswith("Error: ")


def test_warnings_and_logs_do_not_mix_with_the_document(services: Stage) -> None:
    services.edit("infisical.scim_tokens.pingone.ttl_days", 0)
    ran = services.run("-v", "plan", "--json")
    assert any("never expires" in text for text in checked(ran.document)["warnings"])
    assert "PingOne GET /v1/environments/" in ran.err
    logged = services.run("-v", "--log-format", "json", "plan", "--json")
    checked(logged.document)
    assert {"time", "level", "logger", "message"} <= json.loads(logged.err.splitlines()[0]).keys()


def test_a_question_goes_to_stderr(services: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("no\n"))
    ran = services.run("apply", expect=1)
    assert 'Only "yes" will be accepted' in ran.err
    assert 'Only "yes"' not in ran.out
    assert ran.out.rstrip().endswith("Plan: 6 to add, 1 to change, 0 to destroy.")


def test_the_state(applied: Stage) -> None:
    listed = applied.run("state", "list").out.splitlines()
    assert [one for one in listed if one != "pingone.revision"] == MANAGED
    shown = applied.run("state", "show", RULE, "--json").document
    assert shown["id"] == rule(applied.world)["id"]
    assert shown["attributes"]["user_filter"] == "enabled eq true"
    told = applied.run("state", "show", RULE).out
    assert rule(applied.world)["id"] in told
    unknown = applied.run("state", "show", "pingone.rules.nobody", expect=1)
    assert "The state holds no pingone.rules.nobody" in unknown.err


def test_the_sandbox_starts_afresh(sandbox: Stage) -> None:
    assert "There was no sandbox here." in sandbox.run("sandbox", "reset").out
    sandbox.apply()
    assert "The sandbox is as new." in sandbox.run("sandbox", "reset").out
    assert not (sandbox.folder / ".pingconf" / "sandbox.json").exists()
    sandbox.run("plan", "--detailed-exitcode", expect=2)
    sandbox.apply()
    sandbox.run("plan", "--detailed-exitcode")


def test_the_tour(services: Stage) -> None:
    ran = services.run("demo")
    for words in ("36 of 36", "Engineering               9 people", "All Staff                 31 people"):
        assert words in ran.out
    assert ran.out.count("No changes. PingOne and Infisical match the configuration.") == 2
    assert "Drift: 1 resource changed by hand." in ran.out
    assert [path.name for path in services.folder.iterdir()] == ["pingconf.yaml"]


def test_the_version(services: Stage) -> None:
    told = run_apart(services.folder, dict(os.environ), "--version")
    assert (told.code, told.out) == (0, f"pingconf {__version__}\n")


def test_options_before_and_behind_the_command(services: Stage) -> None:
    elsewhere = services.folder / "elsewhere"
    elsewhere.mkdir()
    services.file.rename(elsewhere / "other.yaml")
    for option in (["-f", "elsewhere/other.yaml"], ["--file=elsewhere/other.yaml"], ["-f", "elsewhere"]):
        assert services.run(*option, "validate").out == services.run("validate", *option).out
    before = ["--chdir", str(elsewhere), "-f", "other.yaml"]
    assert "valid" in services.run("validate", *before).out
    os.chdir(services.folder)
    services.write(example("infisical"))
    for arguments in (["--sandbox", "--no-color", "plan"], ["plan", "--sandbox", "--no-color"]):
        assert services.run(*arguments).out.endswith("Plan: 6 to add, 1 to change, 0 to destroy.\n")
        assert services.wire.calls
    quiet = services.run("apply", "--auto-approve", "-q", "--sandbox")
    assert quiet.err == ""


def test_a_variable_may_be_given(services: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INFISICAL_ORGANIZATION_ID")
    assert "INFISICAL_ORGANIZATION_ID" in services.run("validate", expect=1).err
    given = f"INFISICAL_ORGANIZATION_ID={services.world.organization_id}"
    services.run("validate", "--var", given)
    services.run("--var", given, "plan")
