"""Users of the file, and groups whose members stand in it: what comes, what goes, and what is refused."""

from __future__ import annotations

from typing import Any, Final

import pytest

from pingconf.sandbox import World
from tests.e2e.makers import Json, Stage, example
from tests.e2e.witness import PEOPLE, assert_settled, in_groups, with_access

USER: Final = "pingone.users.test_person"
GROUP: Final = "pingone.groups.pilots"
PRIYA, TARIQ, JONAS = "priya.raman", "tariq.aziz", "jonas.lindqvist"
TEST_PERSON: Final = {"username": "test.person", "email": "test.person@acme.example", "given_name": "Robin"}
MEMBERS: Final = ["test.person", TARIQ, f"{PRIYA}@acme.example"]


@pytest.fixture
def people(services: Stage) -> Stage:
    """The guide's example with a test person and a small group."""
    with_people(services)
    return services


def with_people(stage: Stage, members: list[str] | None = None) -> None:
    document = example("infisical", stage.url)
    document["pingone"]["users"] = {"test_person": dict(TEST_PERSON)}
    document["pingone"]["groups"]["pilots"] = {"name": "Pilots", "members": members or MEMBERS}
    document["pingone"]["rules"]["employees"]["groups"].append("pilots")
    stage.write(document)


def person(world: World, username: str) -> Json:
    return next(row for row in world.users.values() if row["username"] == username)


def pilots(world: World) -> Json:
    return next(row for row in world.groups.values() if row["name"] == "Pilots")


def usernames(world: World) -> set[str]:
    return {world.users[id]["username"] for id in world.group_members.get(pilots(world)["id"], [])}


def differences(planned: Any, address: str) -> Any:
    (change,) = (one for one in planned["changes"] if one["address"] == address)
    return {one["path"]: (one["before"], one["after"]) for one in change["differences"]}


def add_group(world: World, name: str, **fields: Any) -> str:
    """A group that somebody made by hand."""
    times = {"createdAt": world.stamp(), "updatedAt": world.stamp()}
    row: Json = {"id": world.new_id(), "name": name, **fields, **times}
    world.groups[row["id"]] = row
    return str(row["id"])


def add_people(world: World, number: int) -> list[str]:
    home = next(iter(world.populations))
    for n in range(number):
        row: Json = {"id": world.new_id(), "username": f"robot{n}", "email": f"robot{n}@acme.example"}
        world.users[row["id"]] = {**row, "name": {}, "population": {"id": home}, "enabled": True}
    return [f"robot{n}" for n in range(number)]


def test_they_arrive_with_their_group(people: Stage) -> None:
    people.apply()
    assert len(with_access(people.world)) == PEOPLE + 1
    assert in_groups(people.world)["Pilots"] == 3
    assert people.wire.lines.index("POST /users") < people.wire.lines.index("POST /groups")
    assert_settled(people)


def test_the_first_plan_shows_members_by_name(people: Stage) -> None:
    planned = people.run("plan", "--json").document
    assert differences(planned, GROUP)["members"] == (None, [PRIYA, TARIQ, "test.person"])


def test_whether_by_user_name_or_by_e_mail_is_the_same(people: Stage) -> None:
    people.apply()
    swapped = [TEST_PERSON["email"], f"{TARIQ}@ACME.example", PRIYA]
    people.edit("pingone.groups.pilots.members", swapped)
    assert "No changes." in people.run("plan", "--detailed-exitcode").out


def test_the_plan_shows_who_comes_and_goes_and_they_come_before_others_go(people: Stage) -> None:
    people.apply()
    people.edit("pingone.groups.pilots.members", [JONAS, PRIYA])
    planned = people.run("plan", "--json").document
    (before, after) = differences(planned, GROUP)["members"]
    assert (set(before) - set(after), set(after) - set(before)) == ({"test.person", TARIQ}, {JONAS})
    people.apply()
    assert people.wire.lines == [
        "POST /users/*/memberOfGroups",
        "DELETE /users/*/memberOfGroups/*",
        "DELETE /users/*/memberOfGroups/*",
        "POST /propagation/revisions",
    ]
    assert usernames(people.world) == {JONAS, PRIYA}
    assert in_groups(people.world)["Pilots"] == 2
    assert_settled(people)


def test_a_changed_membership_is_drift_and_is_put_back(people: Stage) -> None:
    people.apply()
    world = people.world
    world.group_members[pilots(world)["id"]].remove(person(world, TARIQ)["id"])
    world.group_members[pilots(world)["id"]].append(person(world, JONAS)["id"])
    told = people.run("drift", "--json", expect=2).document["drift"]
    assert [(one["address"], one["path"]) for one in told] == [(GROUP, "members")]
    assert (TARIQ in told[0]["recorded"], JONAS in told[0]["observed"]) == (True, True)
    assert people.wire.writes == []
    people.apply()
    assert usernames(world) == {"test.person", TARIQ, PRIYA}
    assert_settled(people)


def test_a_saved_plan_holds_for_the_members_it_saw(people: Stage) -> None:
    people.apply()
    people.edit("pingone.groups.pilots.members", [PRIYA])
    people.run("plan", "--out", "change.plan")
    people.run("apply", "change.plan")
    assert usernames(people.world) == {PRIYA}
    people.edit("pingone.groups.pilots.members", [TARIQ])
    people.run("plan", "--out", "change.plan")
    people.world.group_members[pilots(people.world)["id"]].append(person(people.world, JONAS)["id"])
    assert "pingone.groups.pilots was changed (members)" in people.run("apply", "change.plan", expect=4).err


def test_names_that_mean_nobody_or_several_are_told_together_before_anything_is_done(people: Stage) -> None:
    for username in (PRIYA, TARIQ):
        person(people.world, username)["email"] = "shared@acme.example"
    people.edit("pingone.groups.pilots.members", ["nobody", "no.one@acme.example", "shared@acme.example"])
    people.edit("pingone.groups.pilots.population", "Nowhere")
    people.edit("pingone.users.test_person.population", "Elsewhere")
    told = people.apply(expect=1).err
    assert people.wire.writes == []
    for text in (
        'nobody in PingOne is called "nobody"',
        'nobody in PingOne is called "no.one@acme.example"',
        '2 people in PingOne are called "shared@acme.example"',
        f"{PRIYA} <shared@acme.example>, id {person(people.world, PRIYA)['id']}",
        f'{USER}: PingOne has no population called "Elsewhere"',
        f'{GROUP}: PingOne has no population called "Nowhere"',
        "It has: Contractors, Default.",
    ):
        assert text in told
    assert people.run("drift").code == 0, "what the file cannot have is no drift"


def test_a_large_group_needs_no_more_requests_than_its_pages(services: Stage) -> None:
    with_people(services, add_people(services.world, 250))
    document = services.document()
    del document["pingone"]["users"]
    services.write(document)
    services.apply()
    services.run("plan", "--detailed-exitcode")
    reads = [call for call in services.wire.calls if call.path.endswith("/users")]
    assert len(reads) == 2


def test_looking_many_up_takes_few_requests(services: Stage) -> None:
    with_people(services, add_people(services.world, 100))
    services.run("plan")
    reads = [call for call in services.wire.calls if call.path.endswith("/users")]
    assert len(reads) == 1 + 100 * 2 / 40


def test_nested_groups_and_whom_they_bring_are_left_alone(people: Stage) -> None:
    people.apply()
    world = people.world
    sales = next(row for row in world.groups.values() if row["name"] == "Sales")
    world.nested_groups[pilots(world)["id"]] = [sales["id"]]
    assert "No drift." in people.run("drift").out
    people.edit("pingone.groups.pilots.members", [PRIYA])
    people.apply()
    assert world.nested_groups == {pilots(world)["id"]: [sales["id"]]}
    assert usernames(world) == {PRIYA}
    assert in_groups(world)["Pilots"] > 3
    assert_settled(people)


@pytest.mark.parametrize("manage", [True, False])
def test_an_external_group_is_refused_with_the_reason(services: Stage, manage: bool) -> None:
    add_group(services.world, "Directory Staff", sourceId="g-1", sourceType="GATEWAY")
    services.edit("pingone.groups.all_staff", {"name": "Directory Staff", "manage": manage})
    told = services.apply(expect=1).err
    assert 'the group "Directory Staff" is an external one, from GATEWAY' in told
    assert "no rule can name it" in told
    assert services.wire.writes == []


def test_an_internal_group_of_the_same_name_is_the_one_that_is_meant(services: Stage) -> None:
    add_group(services.world, "All Staff", sourceId="g-1", sourceType="IDP")
    services.edit("pingone.groups.all_staff", {"name": "All Staff", "manage": False})
    services.apply()
    assert "No changes." in services.run("plan", "--detailed-exitcode").out


def test_several_groups_of_one_name_are_told_apart_by_their_population(services: Stage) -> None:
    for id, row in list(services.world.populations.items()):
        add_group(services.world, "Twins", population={"id": id}, description=row["name"])
    services.edit("pingone.groups.all_staff", {"name": "Twins", "manage": False})
    told = services.apply(expect=1).err
    assert "2 objects could be pingone.groups.all_staff" in told
    assert '"Twins" in the population "Contractors", id ' in told
    services.edit("pingone.groups.all_staff.population", "Contractors")
    services.apply()


def test_a_user_who_is_there_already_is_refused(people: Stage) -> None:
    people.edit("pingone.users.test_person.username", "Priya.Raman")
    people.edit("pingone.groups.pilots.members", [TARIQ])
    told = people.apply(expect=1).err
    assert f'A user called "{PRIYA}" exists already, and pingconf did not make it ({USER})' in told
    assert people.wire.writes == []


def test_who_leaves_the_file_is_disabled_and_the_plan_says_so(people: Stage) -> None:
    people.apply()
    people.edit("pingone.groups.pilots.members", [TARIQ])
    people.edit(USER, None)
    told = people.run("plan").out
    assert f". {USER}" in told
    assert "the account is disabled and stays, as users are deleted with --delete-users only" in told
    people.apply()
    assert people.wire.lines[-2:] == ["PUT /users/*/enabled", "POST /propagation/revisions"]
    assert person(people.world, "test.person")["enabled"] is False
    assert TEST_PERSON["email"] not in with_access(people.world)
    assert USER not in people.run("state", "list").out
    assert_settled(people)
    people.edit(USER, TEST_PERSON)
    assert "One that left the file is kept" in people.apply(expect=1).err


@pytest.mark.parametrize("command", [("apply",), ("destroy",)])
def test_users_are_deleted_where_that_is_said(people: Stage, command: tuple[str, ...]) -> None:
    people.apply()
    people.edit("pingone.groups.pilots.members", [TARIQ])
    people.edit(USER, None)
    destroys = ["--destroy"] if command == ("destroy",) else []
    assert f"- {USER}" in people.run("plan", "--delete-users", *destroys).out
    people.run(*command, "--auto-approve", "--delete-users")
    assert "DELETE /users/*" in people.wire.lines
    assert not any(row["username"] == "test.person" for row in people.world.users.values())


def test_nobody_is_deleted_whom_a_group_still_names(people: Stage) -> None:
    people.apply()
    people.edit(USER, None)
    told = people.run("apply", "--auto-approve", "--delete-users", expect=1).err
    assert f"{GROUP} names {USER}, which is to be deleted" in told
    assert people.wire.writes == []
    people.apply()
    assert person(people.world, "test.person")["enabled"] is False
    assert "test.person" in usernames(people.world), "they are disabled, and named by the file"


def test_a_saved_plan_takes_no_wish_about_users(people: Stage) -> None:
    people.run("plan", "--out", "change.plan")
    assert (
        "A saved plan is done as it is" in people.run("apply", "change.plan", "--delete-users", expect=64).err
    )


def test_they_can_be_seen_in_the_state(people: Stage) -> None:
    people.apply()
    assert USER in people.run("state", "list").out
    shown = people.run("state", "show", USER).out
    assert "test.person@acme.example" in shown
