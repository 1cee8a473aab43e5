"""The run log: one line per run that acted, told by `history`; no secret and nobody's name in it."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pingconf.backends import disk
from tests import canary
from tests.e2e.makers import Stage

KEYS = (
    "changes command commit counts ended exit_code format_version headline host id lineage outcome "
    "people_removed pingconf_version plan_digest run_url saved_plan serial started tokens_made "
    "tokens_revoked who"
)


def runs(stage: Stage, *more: str) -> list[dict[str, Any]]:
    document = stage.run("history", "--json", *more).document
    assert document["format_version"] == "1.0"
    return list(document["runs"])


def our_token(stage: Stage) -> str:
    return next(id for id, row in stage.world.scim_tokens.items() if "[pingconf:" in row["description"])


def state(stage: Stage) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((stage.folder / ".pingconf" / "state.json").read_text())
    return read


def test_an_apply_leaves_one_line(services: Stage) -> None:
    services.apply()
    (run,) = runs(services)
    assert " ".join(sorted(run)) == KEYS
    assert (run["command"], run["outcome"], run["exit_code"], run["headline"]) == ("apply", "done", 0, "")
    assert run["counts"] == {"added": 6, "changed": 1, "destroyed": 0, "failed": 0, "skipped": 0}
    assert (run["lineage"], run["serial"]) == (state(services)["lineage"], state(services)["serial"])
    assert (run["tokens_made"], run["tokens_revoked"]) == ([our_token(services)], [])
    assert {"address": "pingone.rules.employees", "action": "create", "done": True} in run["changes"]
    assert datetime.fromisoformat(run["started"]) <= datetime.fromisoformat(run["ended"])
    assert run["who"] and run["host"]


def test_a_run_that_has_nothing_to_do_leaves_none(services: Stage) -> None:
    services.apply()
    services.apply()
    services.run("plan")
    services.run("drift")
    assert len(runs(services)) == 1


def test_a_life(services: Stage) -> None:
    services.apply()
    first = our_token(services)
    services.run("rotate", "--auto-approve")
    second = our_token(services)
    services.run("destroy", "--auto-approve", "--deprovision", "--allow-removals", "36")
    told = [(one["command"], one["tokens_made"], one["tokens_revoked"], one["people_removed"])
            for one in runs(services)]  # fmt: skip
    assert told == [
        ("apply", [first], [], 0),
        ("rotate", [second], [first], 0),
        ("destroy", [], [second], 36),
    ]
    assert [one["command"] for one in runs(services, "--limit", "2")] == ["rotate", "destroy"]
    assert len(runs(services, "--limit", "0")) == 3


def test_a_saved_plan_is_known_by_its_id_and_its_digest(services: Stage) -> None:
    services.run("plan", "--out", "saved.plan")
    document = services.run("show", "saved.plan", "--json").document
    services.run("apply", "saved.plan")
    (run,) = runs(services)
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert run["plan_digest"] == hashlib.sha256(text.encode()).hexdigest()
    assert run["saved_plan"] == state(services)["applied"] != ""


def test_a_run_that_failed(services: Stage) -> None:
    """The answer to the creation of the connection was lost: nobody knows, and the token lives on."""
    services.wire.break_write(5, "lost")
    said = services.apply(expect=7).err
    services.wire.mend()
    (run,) = runs(services)
    assert (run["outcome"], run["exit_code"]) == ("failed", 7)
    assert run["headline"] and run["headline"] in said
    assert (run["counts"]["failed"], run["counts"]["skipped"] > 0) == (1, True)
    done = {one["address"]: one["done"] for one in run["changes"]}
    assert done["infisical.scim"] and not done["pingone.connections.infisical"]
    assert run["serial"] == state(services)["serial"]


def test_a_token_that_was_taken_back_at_once(services: Stage) -> None:
    """The connection was refused: its new token is revoked in the same run, and both are told."""
    services.edit("pingone.connections.infisical.name", "Slack")
    services.world.stores["x"] = {"id": "x", "type": "Slack", "name": "Slack", "status": "ACTIVE",
                                  "createdAt": "", "updatedAt": ""}  # fmt: skip
    services.apply(expect=None)
    (run,) = runs(services)
    assert run["outcome"] == "failed"
    assert len(run["tokens_made"]) == 1 and run["tokens_made"] == run["tokens_revoked"]
    done = {one["address"]: one["done"] for one in run["changes"]}
    assert not done["infisical.scim_tokens.pingone"]


def test_a_run_that_was_interrupted(services: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from pingconf.engine.acts import Acts

    real = Acts.do

    def do(self: Any, step: Any) -> None:
        if step.address.section == "pingone.rules":
            raise KeyboardInterrupt
        real(self, step)

    monkeypatch.setattr(Acts, "do", do)
    services.apply(expect=130)
    (run,) = runs(services)
    assert (run["outcome"], run["exit_code"], run["headline"]) == ("interrupted", 130, "Interrupted")


def test_a_run_that_ended_in_a_fault_of_our_own(services: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def do(self: Any, step: Any) -> None:
        raise RuntimeError(canary.SCIM_TOKEN)

    monkeypatch.setattr("pingconf.engine.acts.Acts.do", do)
    services.apply(expect=70)
    (run,) = runs(services)
    assert (run["outcome"], run["exit_code"]) == ("failed", 70)
    assert run["headline"] == "A bug in pingconf: RuntimeError"


def test_a_log_that_cannot_be_written_is_a_warning(services: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    services.apply()
    log = services.folder / ".pingconf" / "state.json.runs"
    before = log.read_bytes()
    monkeypatch.setattr(disk, "reopen_file", broken)
    ran = services.run("-q", "rotate", "--auto-approve")
    assert ran.err.startswith("Warning: This run is missing in the run log, see pingconf history: ")
    assert log.read_bytes() == before


def broken(path: Path, at: int) -> int:
    raise OSError(28, "No space left on device")


def test_no_secret_and_nobodys_name_is_in_the_log(services: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILD_URL", f"https://ci:{canary.PINGONE_CLIENT_SECRET}@ci.example/job/7?token=x")
    services.apply()
    services.edit("pingone.rules.employees.user_filter", 'title co "Engineer"')
    services.edit("guardrails", {"max_removed_users": 100, "max_removed_percent": 100})
    services.apply()
    text = (services.folder / ".pingconf" / "state.json.runs").read_text()
    assert "https://ci.example/job/7" in text
    assert canary.PINGONE_CLIENT_SECRET not in text
    assert "acme.example" not in text and "amara" not in text.lower()
    assert "eyJ" not in text
    assert [one["people_removed"] > 0 for one in runs(services)] == [False, True]


def test_the_page_of_the_run_and_the_commit(services: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_REPOSITORY": "acme/infra",
        "GITHUB_RUN_ID": "42",
        "GITHUB_SHA": "c0ffee" * 6 + "c0ff",
        "GITHUB_ACTOR": "ann\n::error::hello",
    }.items():
        monkeypatch.setenv(name, value)
    services.apply()
    (run,) = runs(services)
    assert run["run_url"] == "https://github.com/acme/infra/actions/runs/42"
    assert run["commit"] == "c0ffee" * 6 + "c0ff"
    first, *more = services.run("history").out.splitlines()
    assert "ann\\n::error::hello on " in first
    assert first.endswith("  apply  done  6 added, 1 changed")
    assert more == [
        f"    SCIM tokens: made {our_token(services)}",
        "    https://github.com/acme/infra/actions/runs/42",
    ]


def test_nothing_has_happened_yet(services: Stage) -> None:
    assert services.run("history").out == "No run has changed anything yet.\n"
    assert runs(services) == []
    assert services.wire.calls == []


def test_a_damaged_log(services: Stage) -> None:
    services.apply()
    with (services.folder / ".pingconf" / "state.json.runs").open("ab") as file:
        file.write(b"{]\n")
    ran = services.run("history", expect=1)
    assert "damaged in line 2" in ran.err and "Move it away to begin another one." in ran.err
    services.edit("pingone.rules.employees.groups", [])
    services.apply()  # which reads no line


def test_history_asks_nobody_and_takes_a_number(services: Stage) -> None:
    assert services.run("history", "--limit", "-1", expect=64).out == ""
