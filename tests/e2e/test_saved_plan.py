"""A plan is saved, looked at, and undertaken exactly as it is: once, or not at all."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from pingconf.backends.codec import decode, encode
from pingconf.backends.local import LocalBackend
from pingconf.model.state import CommitDue
from tests.e2e.hands import CONNECTION, GROUP, RULE, group, rule, store
from tests.e2e.makers import Ran, Stage
from tests.e2e.witness import PEOPLE, assert_settled, picture, same, with_access

NAME: Final = "saved.plan"


def saved(stage: Stage, *options: str) -> Ran:
    """Plan and save; nothing is written at a service."""
    ran = stage.run("plan", "--out", NAME, *options)
    assert stage.wire.writes == []
    return ran


def undertake(stage: Stage, expect: int = 0) -> Ran:
    return stage.run("apply", NAME, expect=expect)


def refused(stage: Stage, *said: str) -> None:
    """One message, exit code 4, no write."""
    before = picture(stage.world)
    ran = undertake(stage, expect=4)
    assert stage.wire.writes == []
    same(before, picture(stage.world))
    assert ran.err.count("Error: ") == 1
    for words in (f"The plan {NAME} cannot be applied any more", "Nothing was changed.", *said):
        assert words in ran.err


def test_what_is_saved_is_what_is_shown_and_what_is_done(services: Stage) -> None:
    planned = saved(services)
    assert planned.err == f"Saved. To do exactly this, once: pingconf apply {NAME}\n"
    assert stat.S_IMODE((services.folder / NAME).stat().st_mode) == 0o600
    shown = services.run("show", NAME)
    assert shown.out == planned.out
    assert services.wire.calls == [], "show needs no network"
    ran = undertake(services)
    assert planned.out in ran.out
    assert "Apply complete!" in ran.out
    assert len(with_access(services.world)) == PEOPLE
    assert_settled(services)


def test_show_needs_nothing_but_the_plan(services: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = services.run("plan", "--json", "--out", NAME).document
    services.file.unlink()
    for name in ("PINGONE_CLIENT_SECRET", "INFISICAL_TOKEN", "PINGONE_TARGET_ENVIRONMENT_ID"):
        monkeypatch.delenv(name)
    assert services.run("show", "--json", NAME).document == planned
    assert services.wire.calls == []


def test_it_is_not_asked_about_again(services: Stage) -> None:
    saved(services)
    ran = services.run("apply", NAME, "--json")
    assert ran.lines[-1] == {
        "type": "summary",
        "added": 6,
        "changed": 1,
        "destroyed": 0,
        "failed": 0,
        "skipped": 0,
    }


def test_the_very_first_plan_is_good_once(services: Stage) -> None:
    saved(services)
    undertake(services)
    refused(services, "It was applied already; a plan is good for one apply.")


def test_also_where_the_state_was_lost_meanwhile(services: Stage) -> None:
    """A fresh runner has no state: what is there already says that the plan was applied."""
    saved(services)
    undertake(services)
    (services.folder / ".pingconf" / "state.json").unlink()
    refused(services, f"{CONNECTION} is to be made, and is there already.", "Somebody published")


def test_a_later_plan_is_good_once_too(applied: Stage) -> None:
    applied.edit(f"{GROUP}.description", "new")
    saved(applied)
    undertake(applied)
    refused(applied, "It was applied already")
    assert_settled(applied)


def test_two_plans_of_one_moment(applied: Stage) -> None:
    applied.edit(f"{GROUP}.description", "new")
    saved(applied)
    applied.run("plan", "--out", "other.plan")
    applied.run("apply", "other.plan")
    refused(applied, "The state went on: its serial is ")


# ---- what may move between plan and apply


def _edit(path: str, value: Any) -> Callable[[Stage], None]:
    return lambda stage: stage.edit(path, value)


def _publish(stage: Stage) -> None:
    stage.world.revisions["by-hand"] = {"id": "by-hand"}


def _let_another_run_begin(stage: Stage) -> None:
    """It dies after its first step, and leaves a journal."""
    backend = LocalBackend(stage.folder / ".pingconf" / "state.json")
    state = backend.read()
    assert state is not None
    backend.session(state).append(CommitDue(True))


MOVED: Final[dict[str, tuple[Callable[[Stage], Any], str]]] = {
    "the file": (_edit(f"{RULE}.user_filter", "all"), "The configuration is not the one it was made from"),
    "a connection": (
        lambda stage: store(stage.world).update(name="By hand"),
        f"{CONNECTION} was changed (name) since",
    ),
    "a group": (lambda stage: group(stage.world).update(description="By hand"), f"{GROUP} was changed"),
    "a rule": (lambda stage: rule(stage.world).update(active=False), f"{RULE} was changed (enabled)"),
    "a mapping": (lambda stage: stage.world.mappings.popitem(), f"{RULE} was changed (mappings."),
    "the switch": (
        lambda stage: stage.world.organization.update(scimEnabled=False),
        "infisical.scim was changed (enabled)",
    ),
    "a token": (lambda stage: stage.world.scim_tokens.popitem(), "infisical.scim_tokens.pingone was deleted"),
    "a revision": (_publish, "Somebody published: the latest revision is by-hand, not "),
    "another run": (_let_another_run_begin, "The state went on: another run has begun since"),
}


@pytest.mark.parametrize("what", MOVED)
def test_what_moved_is_named(applied: Stage, what: str) -> None:
    act, said = MOVED[what]
    applied.edit(f"{GROUP}.description", "new")
    saved(applied)
    act(applied)
    refused(applied, said.removesuffix(" since"))


def test_all_that_moved_is_named_at_once(applied: Stage) -> None:
    applied.edit(f"{GROUP}.description", "new")
    saved(applied)
    store(applied.world)["name"] = "By hand"
    rule(applied.world)["active"] = False
    refused(applied, f"{CONNECTION} was changed (name).", f"{RULE} was changed (enabled).")


def test_another_environment(applied: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same file; only a variable differs."""
    saved(applied)
    monkeypatch.setenv("PINGONE_TARGET_ENVIRONMENT_ID", "00000000-0000-4000-8000-00000000dead")
    ran = applied.run("apply", NAME, expect=1)
    assert "is about another environment or organisation" in ran.err, "the state says so first"
    (applied.folder / ".pingconf" / "state.json").unlink()
    refused(applied, "and this run is about 00000000-0000-4000-8000-00000000dead/")


def test_another_state(applied: Stage) -> None:
    """The lineage tells it from the one that the plan was made on."""
    applied.edit(f"{GROUP}.description", "new")
    saved(applied)
    path = applied.folder / ".pingconf" / "state.json"
    other = replace(decode(path.read_bytes(), path), lineage="00000000-0000-4000-8000-00000000beef")
    path.write_bytes(encode(other))
    refused(applied, "The state is another one: its lineage is 00000000-0000-4000-8000-00000000beef")


def test_somebody_is_quicker_in_the_middle(applied: Stage) -> None:
    """What was compared at the start is compared again before it is written over."""
    applied.edit(f"{GROUP}.description", "new")
    applied.edit(f"{RULE}.user_filter", "all")
    saved(applied)

    def hurry(world: Any) -> None:
        if applied.wire.lines[-1] == "PUT /groups/*":
            rule(world)["active"] = False

    applied.wire.after_write = hurry
    ran = undertake(applied, expect=7)
    assert f"{RULE} was changed (enabled) since the plan was made" in ran.err
    assert applied.wire.lines == ["PUT /groups/*"]
    assert rule(applied.world)["populationExpression"] == "enabled eq true"


def test_one_byte(applied: Stage) -> None:
    applied.edit(f"{GROUP}.description", "new")
    saved(applied)
    path = applied.folder / NAME
    path.write_bytes(path.read_bytes().replace(b'"new"', b'"old"', 1))
    for command in ("apply", "show"):
        ran = applied.run(command, NAME, expect=4)
        assert "was changed after it was written, or was damaged" in ran.err
        assert applied.wire.calls == []


def test_it_holds_no_secret(services: Stage) -> None:
    """The scan at the end of the suite looks at the file too; this is about what it could be made to hold."""
    saved(services)
    text = (services.folder / NAME).read_text()
    assert "eyJ" not in text
    assert json.loads(text)["plan"]["steps"][2]["desired"]["attributes"].keys() == {
        "description",
        "ttl_days",
        "rotate_before_days",
    }


@pytest.mark.parametrize("option", ["--target", "--exclude", "--replace"])
def test_part_of_a_saved_plan_is_no_plan(services: Stage, option: str) -> None:
    saved(services)
    ran = services.run("apply", NAME, option, RULE, expect=64)
    assert "A saved plan is done as it is" in ran.err


def test_a_plan_of_the_end(applied: Stage) -> None:
    saved(applied, "--destroy")
    undertake(applied)
    assert not any(row["type"] == "scim" for row in applied.world.stores.values())
    assert len(with_access(applied.world)) == PEOPLE


def test_a_plan_of_nothing(applied: Stage) -> None:
    saved(applied)
    for _ in range(2):
        assert "0 added, 0 changed, 0 destroyed" in undertake(applied).out
        assert applied.wire.writes == []


def test_a_plan_that_cannot_be_kept(services: Stage) -> None:
    ran = services.run("plan", "--out", "nowhere/x.plan", expect=1)
    assert "Cannot write nowhere/x.plan: No such file or directory" in ran.err
