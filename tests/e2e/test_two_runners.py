"""A change on its way through a pipeline: planned and shown on one runner, applied as it is on another.

The state is the only thing that the runners share, beside the plan that one hands to the other. Each works in
a folder of its own that is thrown away afterwards.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from tests.backends import stores
from tests.backends.state_server import StateServer, serving
from tests.e2e.hands import RULE
from tests.e2e.makers import Stage
from tests.e2e.witness import assert_settled

FILTER: Final = f"{RULE}.user_filter"
PLAN: Final = "change.pcplan"


@pytest.fixture(params=["s3", "http"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """Where the state is kept, for all runners."""
    if request.param == "http":
        with serving(StateServer()) as server:
            yield f"{server.url}/production"
        return
    with stores.moto() as environ:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        yield f"s3://{stores.BUCKET}/{tmp_path.name}.json"


def runner(services: Stage, folder: Path, *, hands_over: Path | None = None) -> Stage:
    """A fresh machine with a check-out of the repository, and the plan of another one if there is any."""
    folder.mkdir()
    shutil.copy(services.file, folder)
    if hands_over is not None:
        shutil.copy(hands_over, folder / PLAN)
    return replace(services, folder=folder, options=("--chdir", str(folder)))


def thrown_away(stage: Stage) -> None:
    assert not (stage.folder / ".pingconf").exists(), "the state is elsewhere, so nothing of it is here"
    shutil.rmtree(stage.folder)


@pytest.fixture
def planned(services: Stage, place: str, tmp_path: Path) -> Path:
    """What is in production, then a branch with a change whose plan was made on a runner that is gone."""
    services.edit("state", place)
    first = runner(services, tmp_path / "first")
    first.apply()
    thrown_away(first)
    services.edit(FILTER, 'enabled eq true and title co "Engineer"')
    on_branch = runner(services, tmp_path / "branch")
    services.wire.calls.clear()
    ran = on_branch.run("plan", "--out", PLAN, "--format", "markdown")
    assert services.wire.writes == []
    assert "Plan: 0 to add, 1 to change, 0 to destroy." in ran.out
    assert r"enabled eq true and title co \"Engineer\"" in ran.out
    assert len(ran.out) < 65_536
    shown = on_branch.run("show", PLAN, "--format", "markdown").out
    assert shown.count(RULE) == ran.out.count(RULE)
    kept = tmp_path / "artifact.pcplan"
    shutil.move(on_branch.folder / PLAN, kept)
    thrown_away(on_branch)
    return kept


def losses(plan: Path, stage: Stage) -> str:
    document = json.loads(stage.run("show", str(plan), "--json").out)
    return str(sum(one["losses"] for one in document["people"]))


def test_what_was_reviewed_is_what_is_applied(services: Stage, planned: Path, tmp_path: Path) -> None:
    after_merge = runner(services, tmp_path / "merge", hands_over=planned)
    ran = after_merge.run("apply", PLAN, "--allow-removals", losses(planned, after_merge))
    assert "Apply complete! 0 added, 1 changed, 0 destroyed." in ran.out
    assert_settled(after_merge)
    services.wire.calls.clear()
    again = after_merge.run("apply", PLAN, expect=4)
    assert "It was applied already; a plan is good for one apply." in again.err
    assert services.wire.writes == []
    thrown_away(after_merge)
    history = runner(services, tmp_path / "history").run("history", "--json").out
    runs = json.loads(history)["runs"]
    assert [one["command"] for one in runs] == ["apply", "apply"]
    assert (runs[0]["saved_plan"], bool(runs[1]["saved_plan"])) == ("", True)


def test_a_colleagues_apply_in_between_makes_it_stale(services: Stage, planned: Path, tmp_path: Path) -> None:
    mine = runner(services, tmp_path / "mine", hands_over=planned)
    colleague = runner(services, tmp_path / "colleague")
    colleague.edit(FILTER, "enabled eq true")
    colleague.edit("pingone.connections.infisical.description", "A colleague was here")
    colleague.apply()
    thrown_away(colleague)
    services.wire.calls.clear()
    ran = mine.run("apply", PLAN, expect=4)
    assert "cannot be applied any more" in ran.err
    assert "The state went on: its serial is" in ran.err
    assert "Nothing was changed." in ran.err
    assert services.wire.writes == []


def test_a_colleagues_hand_in_between_makes_it_stale(services: Stage, planned: Path, tmp_path: Path) -> None:
    mine = runner(services, tmp_path / "mine", hands_over=planned)
    rule = next(iter(services.world.rules.values()))
    rule["populationExpression"] = "enabled eq false"
    ran = mine.run("apply", PLAN, expect=4)
    assert f"{RULE} was changed (user_filter)" in ran.err
    assert services.world.rules[rule["id"]]["populationExpression"] == "enabled eq false"


def test_two_runners_at_once_and_one_of_them_works(services: Stage, planned: Path, tmp_path: Path) -> None:
    """The second one finds the state locked, whichever machine holds it."""
    from pingconf.operations.session import Invocation, read_configuration
    from pingconf.operations.store import open_backend

    mine = runner(services, tmp_path / "mine", hands_over=planned)
    environ = dict(os.environ)
    configuration = read_configuration(Invocation((mine.file,), {}, environ))
    with open_backend(configuration.state, environ).lock("pingconf apply"):
        ran = mine.run("apply", PLAN, expect=6)
    assert "is locked by another run" in ran.err
    mine.run("apply", PLAN, "--allow-removals", losses(planned, mine))
