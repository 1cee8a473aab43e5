"""Part of the file, protection, renamed keys: on the command line, and what the services hear of it."""

from __future__ import annotations

from typing import Final

import pytest

from tests.e2e.hands import CONNECTION, GROUP, RULE
from tests.e2e.makers import Stage
from tests.e2e.witness import PEOPLE, assert_settled, our_tokens, picture, same, with_access

REVISION: Final = "POST /propagation/revisions"
TOKEN: Final = "infisical.scim_tokens.pingone"


def recorded(stage: Stage) -> list[str]:
    return stage.run("state", "list").out.split()


# ---- --target, --exclude, --replace


def test_a_target_alone(applied: Stage) -> None:
    applied.edit(f"{GROUP}.description", "new")
    applied.edit(f"{RULE}.user_filter", "all")
    ran = applied.run("apply", "--auto-approve", "--target", GROUP)
    assert applied.wire.lines == ["PUT /groups/*", REVISION]
    assert f"Left out, as they were not asked for; they have changes too:\n  … {RULE}" in ran.out
    applied.apply()
    assert applied.wire.lines == ["PUT /propagation/rules/*", REVISION]
    assert_settled(applied)


def test_a_first_apply_in_two_parts(services: Stage) -> None:
    services.run("apply", "--auto-approve", "--target", CONNECTION)
    assert set(recorded(services)) == {"infisical.scim", TOKEN, CONNECTION, "pingone.revision"}
    assert with_access(services.world) == frozenset()
    services.apply()
    assert "POST /api/v1/scim/scim-tokens" not in services.wire.lines
    assert len(with_access(services.world)) == PEOPLE
    assert_settled(services)


def test_all_but_one(applied: Stage) -> None:
    applied.edit(f"{GROUP}.description", "new")
    applied.edit(f"{CONNECTION}.description", "new")
    planned = applied.run("plan", "--json", "--exclude", CONNECTION).document
    assert [one["address"] for one in planned["changes"]] == [GROUP, "pingone.revision"]
    assert f"{CONNECTION} has changes and was left out, as it was not asked for" in planned["warnings"]
    applied.run("apply", "--auto-approve", "--exclude", CONNECTION)
    assert applied.wire.lines == ["PUT /groups/*", REVISION]


def test_destroy_of_one_thing(applied: Stage) -> None:
    applied.run("destroy", "--auto-approve", "--target", RULE)
    assert applied.wire.lines == ["DELETE /propagation/rules/*", REVISION]
    assert RULE not in recorded(applied)
    assert len(with_access(applied.world)) == PEOPLE


def test_nothing_left_to_ask_for_is_no_change(applied: Stage) -> None:
    applied.edit(f"{GROUP}.description", "new")
    ran = applied.run("plan", "--detailed-exitcode", "--target", "infisical.scim")
    assert ran.out.endswith("No changes in what was asked for; 1 resource left out.\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--target", "pingone.rules.other"], "Neither the file nor the state has pingone.rules.other"),
        (["--exclude", "rules.x"], "Neither the file nor the state has rules.x"),
        (["--target", "x"], '"x" is no address'),
        (["--replace", CONNECTION], "would take access away from people"),
        (["--replace", "pingone.plan"], "so it cannot make it anew"),
        (["--destroy", "--replace", RULE], "contradict each other"),
    ],
)
def test_what_cannot_be_asked_for(applied: Stage, options: list[str], said: str) -> None:
    ran = applied.run("plan", *options, expect=64)
    assert said in ran.err
    assert applied.wire.writes == []


# ---- prevent_destroy


def test_protection_outlives_its_lines(applied: Stage) -> None:
    applied.edit(f"{RULE}.lifecycle", {"prevent_destroy": True})
    ran = applied.apply()
    assert applied.wire.writes == [], "no service hears of it"
    assert "lifecycle.prevent_destroy   false -> true" in ran.out
    assert_settled(applied)
    applied.edit(RULE, None)
    for command in (
        ["plan"],
        ["apply", "--auto-approve"],
        ["destroy", "--auto-approve"],
        ["plan", "--destroy"],
    ):
        ran = applied.run(*command, expect=5)
        assert f"{RULE} would be destroyed, and prevent_destroy protects it" in ran.err
        assert applied.wire.writes == []


def test_protection_is_lifted_by_the_word_false(applied: Stage) -> None:
    applied.edit(f"{RULE}.lifecycle", {"prevent_destroy": True})
    applied.apply()
    applied.edit(f"{RULE}.lifecycle", {"prevent_destroy": False})
    applied.apply()
    applied.edit("pingone.rules", {})
    applied.apply()
    assert applied.wire.lines == ["DELETE /propagation/rules/*", REVISION]


def test_a_protected_resource_changes_as_ever(applied: Stage) -> None:
    for address in (RULE, CONNECTION, TOKEN, GROUP, "infisical.scim"):
        applied.edit(f"{address}.lifecycle", {"prevent_destroy": True})
    applied.edit(f"{CONNECTION}.description", "new")
    applied.apply()
    assert_settled(applied)
    applied.run("rotate", "--auto-approve")
    assert_settled(applied)


def test_protection_from_the_first_apply_on(services: Stage) -> None:
    services.edit(f"{GROUP}.lifecycle", {"prevent_destroy": True})
    assert "lifecycle.prevent_destroy" in services.apply().out
    services.run("destroy", "--auto-approve", expect=5)
    assert '"protected": true' in services.run("state", "show", GROUP, "--json").out


# ---- renamed keys


def rename_rule(stage: Stage) -> None:
    document = stage.document()
    rules = document["pingone"]["rules"]
    rules["staff"] = rules.pop("employees")
    stage.write(document)


def test_a_renamed_key_is_no_change_at_the_services(applied: Stage) -> None:
    before = picture(applied.world)
    rename_rule(applied)
    assert "moved: [{from: pingone.rules.employees, to: pingone.rules.staff}]" in applied.apply(expect=1).err
    applied.edit("moved", [{"from": RULE, "to": "pingone.rules.staff"}])
    ran = applied.run("plan", "--detailed-exitcode", expect=2)
    assert f"Renamed keys; nothing changes at the services:\n\n  {RULE} -> pingone.rules.staff" in ran.out
    applied.apply()
    assert applied.wire.writes == []
    assert "pingone.rules.staff" in recorded(applied)
    assert RULE not in recorded(applied)
    same(before, picture(applied.world))
    assert_settled(applied)
    applied.edit("moved", None)
    assert_settled(applied)


def test_a_saved_plan_renames_too(applied: Stage) -> None:
    rename_rule(applied)
    applied.edit("moved", [{"from": RULE, "to": "pingone.rules.staff"}])
    applied.run("plan", "--out", "saved.plan")
    applied.run("apply", "saved.plan")
    assert "pingone.rules.staff" in recorded(applied)
    applied.run("apply", "saved.plan", expect=4)


def test_a_token_of_another_key_stays_the_token_it_is(applied: Stage) -> None:
    """Its marker has the old key, and it is not taken for what a dead run left."""
    tokens = our_tokens(applied.world)
    document = applied.document()
    document["infisical"]["scim_tokens"] = {"main": document["infisical"]["scim_tokens"]["pingone"]}
    document["pingone"]["connections"]["infisical"]["auth"]["token"] = "main"
    document["moved"] = [{"from": TOKEN, "to": "infisical.scim_tokens.main"}]
    applied.write(document)
    applied.apply()
    assert applied.wire.writes == []
    assert our_tokens(applied.world) == tokens
    assert_settled(applied)


# ---- the state by hand


def test_state_mv(applied: Stage) -> None:
    rename_rule(applied)
    ran = applied.run("state", "mv", RULE, "pingone.rules.staff")
    assert ran.out == f"{RULE} is pingone.rules.staff now.\n"
    assert applied.wire.calls == []
    assert_settled(applied)


def test_state_rm_leaves_it_as_it_is(applied: Stage) -> None:
    before, tokens = picture(applied.world), our_tokens(applied.world)
    applied.run("state", "rm", RULE, TOKEN, GROUP, CONNECTION)
    assert applied.wire.calls == []
    for address in (RULE, GROUP, CONNECTION, TOKEN):
        applied.edit(address, None)
    applied.apply()
    assert applied.wire.writes == []
    same(before, picture(applied.world))
    assert our_tokens(applied.world) == tokens, "it bears our mark, and is left alone all the same"
    assert "released" in (applied.folder / ".pingconf" / "state.json").read_text()


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (["mv", "pingone.rules.x", "pingone.rules.y"], 1, "The state holds no pingone.rules.x"),
        (["mv", RULE, RULE], 64, "cannot move to"),
        (["mv", RULE, "pingone.groups.x"], 64, "Only a key can be renamed, within its section."),
        (["mv", "infisical.scim", "infisical.scim"], 64, "cannot move to"),
        (["mv", RULE], 64, "NEW_ADDRESS"),
        (["rm", RULE, "pingone.rules.x"], 1, "The state holds no pingone.rules.x"),
        (["rm"], 64, "ADDRESS"),
        (["rm", "x"], 64, '"x" is no address'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_the_state_refuses(applied: Stage, command: list[str], code: int, said: str) -> None:
    before = (applied.folder / ".pingconf" / "state.json").read_bytes()
    ran = applied.run("state", *command, expect=code)
    assert said in ran.err
    assert (applied.folder / ".pingconf" / "state.json").read_bytes() == before


def test_two_of_one_address(services: Stage) -> None:
    services.edit("pingone.groups.second", {"description": "x"})
    services.apply()
    ran = services.run("state", "mv", GROUP, "pingone.groups.second", expect=1)
    assert "The state holds pingone.groups.second already" in ran.err
