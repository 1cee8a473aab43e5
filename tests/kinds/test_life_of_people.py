"""The contract of all kinds, for users and for groups whose members are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import pytest

from pingconf.model.address import Address
from pingconf.model.plan import Action
from pingconf.model.resource import Desired
from pingconf.model.values import Reference
from pingconf.sandbox import Switches, World
from tests.engine import REVISION, USER, group, keys, user
from tests.kinds import stage
from tests.kinds.test_life_cycle import Break, Life, change_row, id_of

PRIYA, JONAS = "priya.raman", "jonas.lindqvist"


def pilots(*members: str | Reference, **attributes: Any) -> Desired:
    """A group of these people and no others."""
    return replace(group("pilots", members=list(members), **attributes), depends_on=(USER,))


PILOTS: Final = pilots().address
ROBIN: Final = user(given_name="Robin", family_name="Test", population="Default")


def person(world: World, username: str) -> str:
    return next(id for id, row in world.users.items() if row["username"] == username)


def usernames(world: World, id: str) -> set[str]:
    return {world.users[one]["username"] for one in world.group_members.get(id, [])}


def rename_person(world: World, id: str) -> None:
    world.users[id]["name"] = {"given": "Other", "family": "Test"}


def move_person(world: World, id: str) -> None:
    home = next(id for id, row in world.populations.items() if row["name"] == "Contractors")
    world.users[id]["population"] = {"id": home}


def expel(world: World, id: str) -> None:
    world.group_members[id].remove(person(world, PRIYA))


def take_in(world: World, id: str) -> None:
    world.group_members[id].append(person(world, JONAS))


BREAKS: Final[list[tuple[Address, Break, str]]] = [
    (USER, change_row("users", username="renamed"), "username"),
    (USER, change_row("users", email="other@acme.example"), "email"),
    (USER, rename_person, "given_name"),
    (USER, move_person, "population"),
    (USER, change_row("users", enabled=False), "enabled"),
    (PILOTS, expel, "members"),
    (PILOTS, take_in, "members"),
    (PILOTS, change_row("groups", userFilter='username eq "nobody"'), "members"),
    (PILOTS, change_row("groups", userFilter="enabled eq true"), "members"),
]
CHANGES: Final[list[Desired]] = [
    user(username="renamed", email="other@acme.example", family_name="Other"),
    user(population="Contractors", enabled=False),
    pilots(f"{JONAS}@acme.example"),
    pilots(),
]
SWITCHES: Final = {
    "the likeliest": Switches(),
    "nobody is made disabled": Switches(created_disabled=False),
    "names are replaced whole": Switches(patch_keeps_name_parts=False),
    "capitals are not kept": Switches(keeps_capitals=False),
    "who joins twice is welcome": Switches(joins_twice=True),
    "lists lag behind": Switches(list_lag=2),
}


def living(switches: Switches) -> Iterator[Life]:
    """A user of the file, and a group of them and somebody else."""
    with stage(switches) as opened:
        members = pilots(Reference(USER), f"{PRIYA}@acme.example")
        yield Life(opened, {one.address: one for one in (ROBIN, members, Desired(REVISION, {}))})


@pytest.fixture
def life() -> Iterator[Life]:
    yield from living(Switches())


def break_and_mend(life: Life, address: Address, act: Break, path: str) -> None:
    act(life.stage.world, id_of(life, address))
    assert [(one.address, one.path) for one in life.plan().drift] == [(address, path)]
    assert life.apply() == {address: Action.UPDATE, REVISION: Action.COMMIT}


@pytest.mark.parametrize("switches", SWITCHES.values(), ids=SWITCHES)
def test_a_whole_life_whatever_the_service_answers(switches: Switches) -> None:
    for life in living(switches):
        world = life.stage.world
        assert life.apply() == {USER: Action.CREATE, PILOTS: Action.CREATE, REVISION: Action.COMMIT}
        robin, group_id = id_of(life, USER), id_of(life, PILOTS)
        assert usernames(world, group_id) == {"robin", PRIYA}
        for address, act, path in BREAKS:
            break_and_mend(life, address, act, path)
        for desired in CHANGES:
            life.wanted[desired.address] = desired
            assert life.apply() == {desired.address: Action.UPDATE, REVISION: Action.COMMIT}
        assert world.users[robin]["name"] == {"given": "Robin", "family": "Other"}
        life.wanted = {}
        assert life.apply() == {USER: Action.FORGET, PILOTS: Action.DELETE, REVISION: Action.COMMIT}
        assert (world.users[robin]["enabled"], group_id in world.groups) == (False, False)
        assert dict(life.state.resources) == {}


def test_capitals_make_no_other_person() -> None:
    for life in living(Switches(keeps_capitals=False)):
        life.wanted[USER] = user(username="Robin", email="Robin@Acme.example")
        life.apply()
        assert life.stage.world.users[id_of(life, USER)]["username"] == "robin"


def test_whoever_shall_not_sign_on_never_may(life: Life) -> None:
    life.wanted[USER] = user(enabled=False)
    life.apply()
    assert life.stage.world.users[id_of(life, USER)]["enabled"] is False
    assert not any(path.endswith("/enabled") for _, path, _ in life.stage.sent)


def test_a_user_deleted_by_hand_is_made_anew_and_comes_back_into_the_group(life: Life) -> None:
    life.apply()
    life.stage.api.pingone.delete(f"/users/{id_of(life, USER)}")
    assert {(one.address, one.path) for one in life.plan().drift} == {(USER, "id"), (PILOTS, "members")}
    planned = life.plan()
    assert keys(planned)[:3] == [f"create {USER}", f"update {USER}", f"update {PILOTS}"]
    life.apply()
    assert usernames(life.stage.world, id_of(life, PILOTS)) == {"robin", PRIYA}


def test_a_user_is_deleted_after_the_group_let_go_of_them(life: Life) -> None:
    life.apply()
    robin = id_of(life, USER)
    life.drop(USER)
    life.wanted[PILOTS] = replace(pilots(PRIYA), depends_on=())
    done = life.apply(unsparing=True)
    assert done == {USER: Action.DELETE, PILOTS: Action.UPDATE, REVISION: Action.COMMIT}
    assert robin not in life.stage.world.users
    removed = [path for method, path, _ in life.stage.sent if method == "DELETE"]
    assert removed == [f"/users/{robin}/memberOfGroups/{id_of(life, PILOTS)}", f"/users/{robin}"]


def test_members_who_are_not_written_any_more_are_left_alone(life: Life) -> None:
    life.apply()
    life.wanted[PILOTS] = group("pilots")
    life.check_settled()
    expel(life.stage.world, id_of(life, PILOTS))
    life.check_settled()


def test_a_dynamic_group_becomes_a_static_one_and_back(life: Life) -> None:
    world = life.stage.world
    life.wanted[PILOTS] = group("pilots", membership_filter='title co "Engineer"')
    life.apply()
    life.wanted[PILOTS] = pilots(PRIYA)
    assert life.apply()[PILOTS] is Action.UPDATE
    assert "userFilter" not in world.groups[id_of(life, PILOTS)]
    assert usernames(world, id_of(life, PILOTS)) == {PRIYA}
    life.wanted[PILOTS] = group("pilots", membership_filter='title co "Engineer"')
    assert life.apply()[PILOTS] is Action.UPDATE
