"""Groups: made, renamed, never replaced; found by name and population."""

from __future__ import annotations

from typing import Any, Final

import pytest

from pingconf.kinds.pingone_group import PingOneGroup
from pingconf.model.address import Address
from pingconf.model.errors import ServiceError
from pingconf.model.kind import Objection
from pingconf.model.resource import Observed
from pingconf.model.values import Reference
from tests.kinds import MARKER, Stage, attributes, said

KIND = PingOneGroup()
GROUPS: Final = "/groups"
FILTER: Final = 'title co "Engineer"'


def population(embedded: Stage, name: str) -> str:
    return next(id for id, row in embedded.world.populations.items() if row["name"] == name)


def seen(embedded: Stage, id: str) -> Observed:
    return next(one for one in KIND.list(embedded.api) if one.id == id)


@pytest.mark.parametrize(
    ("given", "body"),
    [
        ({"name": "Eng"}, {"name": "Eng"}),
        ({"name": "Eng", "description": "text"}, {"name": "Eng", "description": "text"}),
        ({"name": "Eng", "membership_filter": FILTER}, {"name": "Eng", "userFilter": FILTER}),
        ({"name": "Eng", "description": ""}, {"name": "Eng", "description": ""}),
    ],
)
def test_what_is_sent_and_seen(embedded: Stage, given: dict[str, Any], body: dict[str, Any]) -> None:
    made = KIND.create(embedded.api, given, MARKER)
    assert embedded.sent == [("POST", GROUPS, body)]
    assert seen(embedded, made.id).attributes == {"description": "", **given}


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_population_by_its_name_or_its_id(embedded: Stage, by: str) -> None:
    id = population(embedded, "Contractors")
    given = {"name": "Eng", "population": "Contractors" if by == "name" else id}
    made = KIND.create(embedded.api, given, MARKER)
    assert embedded.sent == [("POST", GROUPS, {"name": "Eng", "population": {"id": id}})]
    found = seen(embedded, made.id)
    assert (found.attributes["population"], found.spellings) == ("Contractors", {"population": (id,)})
    assert KIND.recognises(given, found)
    assert KIND.recognises({"name": "Eng"}, found)
    assert not KIND.recognises({"name": "Eng", "population": "Default"}, found)


def test_a_population_that_is_not_there(embedded: Stage) -> None:
    with pytest.raises(ServiceError, match='PingOne has no population called "Nobody"') as caught:
        KIND.create(embedded.api, {"name": "Eng", "population": "Nobody"}, MARKER)
    assert caught.value.details == ("It has: Contractors, Default.",)
    assert embedded.sent == []


def test_two_populations_of_one_name(embedded: Stage) -> None:
    embedded.world.populations[population(embedded, "Contractors")]["name"] = "Default"
    with pytest.raises(ServiceError, match='PingOne has 2 populations called "Default"'):
        KIND.create(embedded.api, {"name": "Eng", "population": "Default"}, MARKER)


def test_populations_are_read_only_where_a_group_has_one(embedded: Stage) -> None:
    KIND.list(embedded.api)
    assert [path for _, path, _ in embedded.adapter.sent] == [GROUPS]


def test_a_change_keeps_what_it_does_not_know(embedded: Stage) -> None:
    given = {"name": "Eng", "population": "Default", "description": "old"}
    made = KIND.create(embedded.api, given, MARKER)
    embedded.world.groups[made.id] |= {"customData": {"a": 1}, "externalId": "x", "userFilter": FILTER}
    assert len(embedded.sent) == 1
    KIND.update(embedded.api, made.id, {"name": "Engineers"})
    body = {"name": "Engineers", "description": "old", "customData": {"a": 1}, "externalId": "x"}
    assert embedded.sent == [("PUT", f"{GROUPS}/{made.id}", {**body, "userFilter": FILTER})]
    assert embedded.world.groups[made.id]["population"] == {"id": population(embedded, "Default")}
    KIND.update(embedded.api, made.id, {"name": "Engineers"})
    assert embedded.sent == [], "it is so already"


def test_it_is_removed_also_twice(embedded: Stage) -> None:
    made = KIND.create(embedded.api, {"name": "Eng"}, MARKER)
    for _ in range(2):
        KIND.delete(embedded.api, made.id)
    assert made.id not in embedded.world.groups


def test_a_long_list_is_read_over_its_pages(embedded: Stage) -> None:
    times = {"createdAt": embedded.world.stamp(), "updatedAt": embedded.world.stamp()}
    embedded.world.groups |= {f"g{n}": {"id": f"g{n}", "name": f"G{n}", **times} for n in range(450)}
    listed = KIND.list(embedded.api)
    assert len(listed) == len({one.id for one in listed}) == 455


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ('title co "Engineer"', "TITLE"),
        ('( title co "Engineer" )', "parentheses"),
        ('title  CO  "Engineer"', "blanks"),
    ],
)
def test_a_filter_has_one_spelling(written: str, same: str) -> None:
    plain = KIND.canonical("membership_filter", FILTER)
    assert KIND.canonical("membership_filter", written) == plain, same
    assert KIND.canonical("membership_filter", "no filter at all") == "no filter at all"
    assert KIND.canonical("name", FILTER) == FILTER


def test_the_review() -> None:
    assert said(KIND, attributes(KIND.section)) == []
    assert said(KIND, attributes(KIND.section, membership_filter=FILTER)) == []
    ((path, headline),) = said(KIND, attributes(KIND.section, membership_filter="title is Engineer"))
    assert path == "membership_filter"
    assert headline.startswith("membership_filter is no SCIM filter: ")


def test_what_is_filled_in() -> None:
    assert attributes(KIND.section) == {"name": "key", "manage": True}
    assert attributes(KIND.section, name="Eng")["name"] == "Eng"


# ---- members


def person(embedded: Stage, username: str) -> str:
    return next(id for id, row in embedded.world.users.items() if row["username"] == username)


PRIYA, TARIQ, JONAS = "priya.raman", "tariq.aziz", "jonas.lindqvist"
USERS: Final = {
    Address("pingone.users", "robin"): {"username": "Robin", "email": "r@acme.example"},
    Address("pingone.users", "twin"): {"username": "twin", "email": "shared@acme.example"},
    Address("pingone.users", "other"): {"username": "other", "email": "Shared@acme.example"},
}
ROBIN: Final = Reference(Address("pingone.users", "robin"))


def test_members_come_before_others_go_and_the_rest_of_the_group_is_left_alone(embedded: Stage) -> None:
    id = KIND.create(embedded.api, {"name": "Eng"}, MARKER).id
    priya, tariq, jonas = (person(embedded, one) for one in (PRIYA, TARIQ, JONAS))
    embedded.world.group_members[id] = [priya, tariq]
    assert embedded.sent
    KIND.update(embedded.api, id, {"name": "Eng", "members": [jonas, tariq, jonas]})
    assert embedded.sent == [
        ("POST", f"/users/{jonas}/memberOfGroups", {"id": id}),
        ("DELETE", f"/users/{priya}/memberOfGroups/{id}", None),
    ]


def test_members_are_looked_at_only_where_they_are_named(embedded: Stage) -> None:
    id = next(id for id, row in embedded.world.groups.items() if row["name"] == "Sales")
    group = seen(embedded, id)
    embedded.adapter.sent.clear()
    assert KIND.deepen(embedded.api, group, ["name"]) is group
    assert embedded.adapter.sent == []
    deep = KIND.deepen(embedded.api, group, ["name", "members"])
    assert set(deep.attributes["members"]) == set(embedded.world.group_members[id])
    sofia = person(embedded, "sofia.ricci")
    assert deep.names[sofia] == ("sofia.ricci", "sofia.ricci@acme.example")
    assert len(embedded.adapter.sent) == 1


def test_what_a_list_that_lags_behind_does_not_show_is_waited_for() -> None:
    shown = Observed("g", {"name": "Eng", "members": ["a"]})
    assert KIND.is_partial({"members": ["a", "b"]}, shown)
    assert not KIND.is_partial({"members": []}, shown)
    assert not KIND.is_partial({}, shown)


def test_their_order_does_not_count() -> None:
    assert KIND.canonical("members", ["b", "a", "b"]) == ["a", "b"]


def test_a_member_who_is_a_user_of_the_file_is_that_user() -> None:
    given = {"members": ["ROBIN", "R@acme.example", "shared@acme.example", PRIYA]}
    meant = KIND.refer_beside(given, USERS)
    assert meant["members"] == [ROBIN, ROBIN, "shared@acme.example", PRIYA]
    (objection,) = KIND.review_beside(meant, USERS)
    assert isinstance(objection, Objection)
    assert (
        objection.headline == 'members names "shared@acme.example", as several users of the file are called'
    )
    assert objection.details[0] == "They are: pingone.users.twin, pingone.users.other"
    assert KIND.refer_beside({"name": "Eng"}, USERS) == {"name": "Eng"}


def test_names_become_ids_and_those_that_mean_nothing_are_told(embedded: Stage) -> None:
    described: list[dict[str, Any]] = [
        {"name": "One", "members": [PRIYA, ROBIN, f"{TARIQ}@acme.example"]},
        {"name": "Two", "members": [PRIYA, "nobody"], "population": "Nowhere"},
        {"name": "Three"},
    ]
    one, two, three = KIND.interpret(embedded.api, described, [])
    priya, tariq = person(embedded, PRIYA), person(embedded, TARIQ)
    assert one.attributes["members"] == [priya, ROBIN, tariq]
    assert one.labels == {priya: PRIYA, tariq: TARIQ}
    assert [said.path for said in two.objections] == ["population", "members"]
    assert (two.attributes, two.labels) == (described[1], {priya: PRIYA})
    assert (three.attributes, three.objections) == (described[2], ())
    assert [path for _, path, _ in embedded.adapter.sent] == ["/populations", "/users"]


def test_a_group_from_outside_is_unfit(embedded: Stage) -> None:
    id = KIND.create(embedded.api, {"name": "Eng"}, MARKER).id
    assert KIND.unfit(seen(embedded, id)) == ()
    embedded.world.groups[id] |= {"sourceId": "g-1", "sourceType": "IDP"}
    assert KIND.unfit(seen(embedded, id))[0] == 'the group "Eng" is an external one, from IDP'


@pytest.mark.parametrize(
    ("more", "headline"),
    [
        ({"membership_filter": FILTER}, "members and membership_filter exclude each other"),
        ({"manage": False}, "a group with manage: false cannot have members"),
        ({"members": [PRIYA, PRIYA]}, "members names the same person twice"),
    ],
)
def test_what_members_do_not_go_with(more: dict[str, Any], headline: str) -> None:
    given = {"members": [PRIYA], **more}
    assert said(KIND, attributes(KIND.section, **given)) == [("members", headline)]
    assert said(KIND, attributes(KIND.section, members=[])) == []
