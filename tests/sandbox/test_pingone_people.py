"""Users and groups of PingOne, as a client sees them: calls of their own, nesting, groups from outside."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pingconf.sandbox import Switches, World
from tests.sandbox.callers import NO_ID, PingOne

ROBIN: dict[str, Any] = {"username": "Robin", "email": "Robin@acme.example", "name": {"given": "Robin"}}


def turn(world: World, **switches: Any) -> None:
    world.switches = replace(Switches(), **switches)


def usernames(pingone: PingOne, filter: str) -> set[str]:
    return {row["username"] for row in pingone.embedded(f"/users?filter={filter}")}


def group(pingone: PingOne, name: str, *members: str, **fields: Any) -> str:
    made = pingone.post("/groups", {"name": name, **fields})
    for member in members:
        pingone.post(f"/users/{pingone.person(member)['id']}/memberOfGroups", {"id": made["id"]})
    return str(made["id"])


def test_enabled_has_a_call_of_its_own(pingone: PingOne) -> None:
    path = f"/users/{pingone.post('/users', {**ROBIN, 'enabled': False})['id']}"
    assert pingone.get(path)["enabled"] is False
    assert pingone.put(f"{path}/enabled", {"enabled": True}) == {"enabled": True}
    assert pingone.get(path)["enabled"] is True
    assert pingone.refused("PUT", f"{path}/enabled", {})["target"] == "enabled"


def test_who_moves_leaves_the_groups_of_the_former_population(pingone: PingOne, world: World) -> None:
    robin = pingone.post("/users", ROBIN)
    homes = {row["name"]: row["id"] for row in pingone.embedded("/populations")}
    bound = group(pingone, "Bound", "Robin", population={"id": robin["population"]["id"]})
    free = group(pingone, "Free", "Robin")
    moved = pingone.put(f"/users/{robin['id']}/population", {"id": homes["Contractors"]})
    assert moved == {"id": homes["Contractors"]}
    assert (world.group_members[bound], world.group_members[free]) == ([], [robin["id"]])
    refused = pingone.refused("PUT", f"/users/{robin['id']}/population", {"id": NO_ID})
    assert refused["target"] == "population.id"


@pytest.mark.parametrize("kept", [True, False])
def test_what_a_patch_leaves_of_a_name(pingone: PingOne, world: World, kept: bool) -> None:
    turn(world, patch_keeps_name_parts=kept)
    path = f"/users/{pingone.post('/users', ROBIN)['id']}"
    changed = pingone.ask("PATCH", path, {"name": {"family": "Test"}}).json()
    assert changed["name"] == ({"given": "Robin", "family": "Test"} if kept else {"family": "Test"})
    assert changed["email"] == "Robin@acme.example"


def test_a_service_that_makes_everybody_enabled(pingone: PingOne, world: World) -> None:
    turn(world, created_disabled=False)
    assert pingone.post("/users", {**ROBIN, "enabled": False})["enabled"] is True


def test_a_service_that_keeps_no_capitals(pingone: PingOne, world: World) -> None:
    turn(world, keeps_capitals=False)
    made = pingone.post("/users", ROBIN)
    assert (made["username"], made["email"]) == ("robin", "robin@acme.example")


@pytest.mark.parametrize("folds", [True, False])
def test_whether_capitals_count_in_a_filter(pingone: PingOne, world: World, folds: bool) -> None:
    pingone.post("/users", ROBIN)
    turn(world, eq_folds_case=folds)
    assert usernames(pingone, 'username eq "robin" or email eq "robin@acme.example"') == (
        {"Robin"} if folds else set()
    )
    assert usernames(pingone, 'email eq "Robin@acme.example" and enabled eq true') == {"Robin"}
    assert usernames(pingone, 'username sw "rob"') == {"Robin"}


@pytest.mark.parametrize("twice", [True, False])
def test_who_joins_twice(pingone: PingOne, world: World, twice: bool) -> None:
    id = group(pingone, "Pilots", "priya.raman")
    turn(world, joins_twice=twice)
    path = f"/users/{pingone.person('priya.raman')['id']}/memberOfGroups"
    assert pingone.ask("POST", path, {"id": id}).status_code == (201 if twice else 400)
    assert len(world.group_members[id]) == 1


def test_direct_members_are_told_from_those_of_nested_groups(pingone: PingOne) -> None:
    outer = group(pingone, "Outer", "priya.raman")
    inner = group(pingone, "Inner", "tariq.aziz", "priya.raman")
    pingone.post(f"/groups/{inner}/memberOfGroups", {"id": outer})
    pingone.post(f"/groups/{outer}/memberOfGroups", {"id": inner})  # a circle harms nobody
    assert usernames(pingone, f'memberOfGroups[id eq "{outer}"]') == {"priya.raman", "tariq.aziz"}
    direct = f'memberOfGroups[id eq "{outer}" and type eq "DIRECT"]'
    assert usernames(pingone, direct) == {"priya.raman"}
    shown = pingone.get(f"/groups/{outer}")
    assert (shown["directMemberCounts"], shown["totalMemberCounts"]) == ({"users": 1}, {"users": 2})
    path = f"/users/{pingone.person('tariq.aziz')['id']}/memberOfGroups/{outer}"
    assert pingone.get(path)["type"] == "INDIRECT"
    assert pingone.refused("DELETE", path, status=404)["code"] == "NOT_FOUND"


def test_a_group_from_outside_can_neither_be_changed_nor_joined(pingone: PingOne, world: World) -> None:
    id = group(pingone, "Staff")
    world.groups[id] |= {"sourceId": "g-1", "sourceType": "GATEWAY"}
    assert pingone.get(f"/groups/{id}")["sourceType"] == "GATEWAY"
    pingone.refused("PUT", f"/groups/{id}", {"name": "Other"})
    pingone.refused("POST", f"/users/{pingone.person('priya.raman')['id']}/memberOfGroups", {"id": id})
