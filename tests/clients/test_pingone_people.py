"""Looking people up: filters nobody breaks out of, few requests, and what a lost answer leaves open."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from pingconf.clients.pingone_people import (
    LONGEST_FILTER,
    MOST_TERMS,
    Person,
    join,
    leave,
    members_of,
    people_called,
    people_meant,
    population_id,
    user_query,
)
from pingconf.model.errors import NotFoundError, ServiceError, UnknownOutcomeError
from pingconf.sandbox import Switches
from tests.kinds import Stage, stage

PRIYA, TARIQ = "priya.raman", "tariq.aziz"


@pytest.fixture
def embedded() -> Iterator[Stage]:
    with stage() as opened:
        yield opened


@pytest.fixture
def asked(embedded: Stage, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The filter of every look at users."""
    filters: list[str] = []
    send = embedded.adapter.send

    def noting(request: requests.PreparedRequest, **options: object) -> requests.Response:
        if urlsplit(str(request.url)).path.endswith("/users"):
            filters.extend(parse_qs(urlsplit(str(request.url)).query).get("filter", [""]))
        return send(request, **options)

    monkeypatch.setattr(embedded.adapter, "send", noting)
    return filters


def person(embedded: Stage, username: str) -> Person:
    ((found,),) = people_called(embedded.api.pingone, [username]).values()
    return found


def group(embedded: Stage, *members: str) -> str:
    id = embedded.api.pingone.make("/groups", {"name": "Pilots"}, listed_at="/groups", collection="groups")
    embedded.world.group_members[id] = [person(embedded, one).id for one in members]
    return id


def test_by_user_name_or_by_e_mail(embedded: Stage, asked: list[str]) -> None:
    found = people_called(embedded.api.pingone, [PRIYA, f"{TARIQ}@acme.example", "nobody"])
    assert [[one.username for one in people] for people in found.values()] == [[PRIYA], [TARIQ], []]
    assert asked == [
        f'username eq "{PRIYA}" or email eq "{PRIYA}" or username eq "{TARIQ}@acme.example"'
        f' or email eq "{TARIQ}@acme.example" or username eq "nobody" or email eq "nobody"'
    ]


@pytest.mark.parametrize(
    "name", ['x" or enabled eq true or username eq "', "back\\slash", "a & b = c", "é%41"]
)
def test_a_name_stays_a_name(embedded: Stage, asked: list[str], name: str) -> None:
    next(iter(embedded.world.users.values()))["username"] = name
    (found,) = people_called(embedded.api.pingone, [name])[name]
    assert (found.username, len(asked)) == (name, 1)
    assert user_query("username", "x")["filter"] == 'username eq "x"'


def test_people_who_share_an_e_mail_are_all_found(embedded: Stage) -> None:
    for username in (PRIYA, TARIQ):
        embedded.world.users[person(embedded, username).id]["email"] = "Shared@acme.example"
    found = people_called(embedded.api.pingone, ["shared@ACME.example"])["shared@ACME.example"]
    assert {one.username for one in found} == {PRIYA, TARIQ}


def test_the_service_decides_whether_capitals_count() -> None:
    for folds in (True, False):
        with stage(Switches(eq_folds_case=folds)) as opened:
            assert len(people_called(opened.api.pingone, ["Priya.Raman"])["Priya.Raman"]) == folds


def test_many_names_take_few_requests_and_no_filter_is_too_long(embedded: Stage, asked: list[str]) -> None:
    people_called(embedded.api.pingone, [f"n{n}" for n in range(50)])
    assert len(asked) == 100 / MOST_TERMS + 0.5
    asked.clear()
    people_called(embedded.api.pingone, [f"{'long' * 100}{n}" for n in range(10)])
    assert max(map(len, asked)) < 1.2 * LONGEST_FILTER
    assert len(asked) > 1
    asked.clear()
    assert people_called(embedded.api.pingone, []) == {}
    assert asked == []


def test_who_is_known_and_spelled_so_is_not_looked_up(embedded: Stage, asked: list[str]) -> None:
    known = {"id-1": ("robin", "robin@acme.example")}
    found = people_meant(embedded.api.pingone, ["robin@acme.example", "robin"], [known])
    assert {people[0].id for people in found.values()} == {"id-1"}
    assert asked == []
    assert people_meant(embedded.api.pingone, ["Robin"], [known]) == {"Robin": ()}
    assert len(asked) == 1, "whether those are the same is PingOne's to say"


def test_members_are_the_direct_ones(embedded: Stage, asked: list[str]) -> None:
    id = group(embedded, PRIYA)
    sales = next(id for id, row in embedded.world.groups.items() if row["name"] == "Sales")
    embedded.world.nested_groups[id] = [sales]
    asked.clear()
    assert [one.username for one in members_of(embedded.api.pingone, id)] == [PRIYA]
    assert asked == [f'memberOfGroups[id eq "{id}" and type eq "DIRECT"]']
    assert len(members_of(embedded.api.pingone, id, direct=False)) > 3


@pytest.mark.parametrize("status", [500, 400])
def test_an_addition_whose_answer_is_lost_is_looked_for(embedded: Stage, status: int) -> None:
    id, priya = group(embedded), person(embedded, PRIYA).id
    embedded.adapter.spoil = lambda method, path: status if method == "POST" else None
    join(embedded.api.pingone, priya, id)
    assert embedded.world.group_members[id] == [priya]


def test_an_addition_that_was_not_made_is_told(embedded: Stage) -> None:
    id = group(embedded)
    with pytest.raises(NotFoundError):
        join(embedded.api.pingone, person(embedded, PRIYA).id, embedded.world.new_id())
    embedded.adapter.spoil = lambda method, path: 500
    with pytest.raises(UnknownOutcomeError):
        join(embedded.api.pingone, embedded.world.new_id(), id)


def test_who_came_by_a_nested_group_is_no_member_yet(embedded: Stage) -> None:
    id = group(embedded)
    sales = next(id for id, row in embedded.world.groups.items() if row["name"] == "Sales")
    embedded.world.nested_groups[id] = [sales]
    seller = embedded.world.group_members[sales][0]
    embedded.world.groups[id]["sourceId"] = "so that the addition is refused"
    with pytest.raises(ServiceError, match="PingOne refuses"):
        join(embedded.api.pingone, seller, id)


def test_joining_and_leaving_twice_are_successes(embedded: Stage) -> None:
    id, priya = group(embedded), person(embedded, PRIYA).id
    for _ in range(2):
        join(embedded.api.pingone, priya, id)
    assert embedded.world.group_members[id] == [priya]
    for _ in range(2):
        leave(embedded.api.pingone, priya, id)
    assert embedded.world.group_members[id] == []


def test_populations_of_one_name_are_named_with_their_ids(embedded: Stage) -> None:
    first, second = embedded.world.populations
    embedded.world.populations[second]["name"] = "Default"
    with pytest.raises(ServiceError, match='PingOne has 2 populations called "Default"') as caught:
        population_id(embedded.api.pingone, "Default")
    assert caught.value.details[:2] == (f'"Default", id {first}', f'"Default", id {second}')
    assert population_id(embedded.api.pingone, second) == second
