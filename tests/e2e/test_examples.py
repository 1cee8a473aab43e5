"""Every file under examples/ lives its whole life on the sandbox."""

from __future__ import annotations

import json
from typing import Final

import pytest

from pingconf.sandbox import World, from_json
from tests.e2e.makers import EXAMPLES, Stage
from tests.e2e.witness import doubles, our_tokens, unpublished, with_access

PEOPLE: Final = {
    "minimal": 36,
    "infisical": 36,
    "full": 37,
    "dynamic-groups": 36,
    "two-connections": 15,
    "test-person": 3,
}
NAMES: Final = sorted(path.parent.name for path in EXAMPLES.glob("*/pingconf.yaml"))


def world_of(stage: Stage) -> World:
    """The world as the sandbox of this folder keeps it."""
    return from_json(json.loads((stage.folder / ".pingconf" / "sandbox.json").read_text("utf-8")))


def test_there_is_an_example_for_each_purpose() -> None:
    assert set(NAMES) == set(PEOPLE)
    assert all("pingconf.schema.json" in (EXAMPLES / name / "pingconf.yaml").read_text() for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_whole_life_of_an_example(sandbox: Stage, name: str) -> None:
    sandbox.file.write_bytes((EXAMPLES / name / "pingconf.yaml").read_bytes())
    assert "The configuration is valid" in sandbox.run("validate").out
    planned = sandbox.run("plan", "--detailed-exitcode", expect=2).out
    applied = sandbox.apply().out
    last = planned.rstrip().splitlines()[-1]
    assert last in applied, "apply does what plan said"
    add = int(last.split()[1])
    assert f"Apply complete! {add} added, 1 changed, 0 destroyed." in applied
    assert len(with_access(world_of(sandbox))) == PEOPLE[name]
    assert "No changes." in sandbox.run("plan", "--detailed-exitcode").out
    assert "No drift." in sandbox.run("drift").out
    assert f"\nVerified. {PEOPLE[name]} people in scope and " in sandbox.run("verify").out
    sandbox.apply()
    assert sandbox.wire.writes == []
    assert (doubles(world_of(sandbox)), unpublished(world_of(sandbox))) == ([], [])


@pytest.mark.parametrize("name", NAMES)
def test_destroy_leaves_nothing_of_ours_and_people_their_access(sandbox: Stage, name: str) -> None:
    sandbox.file.write_bytes((EXAMPLES / name / "pingconf.yaml").read_bytes())
    sandbox.run("plan")
    seeded = {row["name"] for row in World.seed().groups.values()}
    sandbox.apply()
    planned = sandbox.run("plan", "--destroy").out
    assert planned.rstrip().splitlines()[-1].startswith("Plan: 0 to add, 0 to change, ")
    ran = sandbox.run("destroy", "--auto-approve", "--allow-removals", "1")
    assert "Destroy complete!" in ran.out
    assert sandbox.wire.lines[-1].startswith(("DELETE /api/v1/scim/scim-tokens/", "PATCH /api/v1/org"))
    world = world_of(sandbox)
    assert world.scim_tokens == {}
    assert our_tokens(world) == []
    assert [row["type"] for row in world.stores.values()] == ["directory"]
    assert (world.rules, world.mappings) == ({}, {})
    assert {row["name"] for row in world.groups.values()} == seeded
    assert len(with_access(world)) == PEOPLE[name]
    assert unpublished(world) == []
    assert sandbox.run("state", "list").out == ""
    again = sandbox.run("destroy", "--auto-approve", "--allow-removals", "1")
    assert "Destroy complete! 0 added, 0 changed, 0 destroyed." in again.out
    assert sandbox.wire.writes == []


@pytest.mark.parametrize("name", NAMES)
def test_after_destroy_it_can_all_be_made_again(sandbox: Stage, name: str) -> None:
    """But for users, whom a destroy keeps unless it is told not to."""
    sandbox.file.write_bytes((EXAMPLES / name / "pingconf.yaml").read_bytes())
    sandbox.apply()
    sandbox.run("destroy", "--auto-approve", "--delete-users", "--allow-removals", "1")
    sandbox.apply()
    sandbox.run("plan", "--detailed-exitcode")
    assert len(with_access(world_of(sandbox))) == PEOPLE[name]
