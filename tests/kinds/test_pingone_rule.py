"""Rules with their mappings: made inactive, mapped, then switched on; paths the documents disagree about."""

from __future__ import annotations

from typing import Any, Final

import pytest
import responses

from pingconf.clients import Services
from pingconf.kinds.pingone_connection import PingOneConnection
from pingconf.kinds.pingone_directory import PingOneDirectory
from pingconf.kinds.pingone_plan import PingOnePlan
from pingconf.kinds.pingone_rule import DEFAULT_MAPPINGS, PingOneRule
from pingconf.model.errors import PingconfError, ServiceError, UnknownOutcomeError
from pingconf.model.resource import Observed
from pingconf.sandbox import Switches
from tests.kinds import MARKER, ROOT, Stage, attributes, connection, said, stage

KIND = PingOneRule()
RULES: Final = "/propagation/rules"
MAPPINGS: Final = "/propagation/mappings"


def surroundings(embedded: Stage) -> dict[str, str]:
    """What a rule needs, made: the ids of the plan, the directory and a connection."""
    made = {
        "plan": PingOnePlan().create(embedded.api, {}, MARKER).id,
        "directory": PingOneDirectory().create(embedded.api, {}, MARKER).id,
        "connection": PingOneConnection().create(embedded.api, connection(), MARKER).id,
    }
    assert len(embedded.sent) == 3
    return made


def wanted(ids: dict[str, str], **changes: Any) -> dict[str, Any]:
    plain = {
        "name": "Employees",
        "user_filter": "enabled eq true",
        "mappings": {"userName": "username", "workEmail": "email"},
        "groups": [],
        "enabled": True,
    }
    return {**plain, **ids, **changes}


def body(ids: dict[str, str], **changes: Any) -> dict[str, Any]:
    plain = {
        "name": "Employees",
        "plan": {"id": ids["plan"]},
        "sourceStore": {"id": ids["directory"]},
        "targetStore": {"id": ids["connection"]},
        "active": False,
    }
    return {**plain, **changes}


def put(ids: dict[str, str], **changes: Any) -> dict[str, Any]:
    return body(ids, active=True, populationExpression="enabled eq true", groups=[], **changes)


def seen(embedded: Stage, id: str) -> Observed:
    (listed,) = (one for one in KIND.list(embedded.api) if one.id == id)
    return KIND.complete(embedded.api, listed)


def test_it_is_made_inactive_then_mapped_then_switched_on(embedded: Stage) -> None:
    ids = surroundings(embedded)
    group = next(iter(embedded.world.groups))
    given = wanted(ids, groups=[group], mappings={"userName": "username", "x": {"expression": "#a + #b"}})
    made = KIND.create(embedded.api, given, MARKER)
    assert embedded.sent == [("POST", f"/propagation/plans/{ids['plan']}/rules", body(ids))]
    KIND.update(embedded.api, made.id, given)
    assert embedded.sent == [
        (
            "POST",
            f"{RULES}/{made.id}/mappings",
            {"targetAttribute": "userName", "sourceAttribute": "username"},
        ),
        ("POST", f"{RULES}/{made.id}/mappings", {"targetAttribute": "x", "expression": "#a + #b"}),
        ("PUT", f"{RULES}/{made.id}", {**put(ids), "groups": [{"id": group}]}),
    ]
    shown = {name: value for name, value in given.items() if name not in ("plan", "directory")}
    assert seen(embedded, made.id).attributes == shown


def a_rule(embedded: Stage, **changes: Any) -> tuple[str, dict[str, str]]:
    ids = surroundings(embedded)
    made = KIND.create(embedded.api, wanted(ids), MARKER)
    KIND.update(embedded.api, made.id, wanted(ids, **changes))
    assert embedded.sent
    return made.id, ids


def test_nothing_is_put_where_nothing_differs(embedded: Stage) -> None:
    id, ids = a_rule(embedded)
    KIND.update(embedded.api, id, wanted(ids))
    assert embedded.sent == []


def test_a_change_keeps_what_it_does_not_know(embedded: Stage) -> None:
    id, ids = a_rule(embedded)
    embedded.world.rules[id] |= {"description": "by hand", "configuration": {"NEW": 1}}
    KIND.update(embedded.api, id, wanted(ids, name="Renamed"))
    expected = put(ids, description="by hand", configuration={"NEW": 1}) | {"name": "Renamed"}
    assert embedded.sent == [("PUT", f"{RULES}/{id}", expected)]


def test_mappings_are_changed_in_place_and_surplus_ones_go_last(embedded: Stage) -> None:
    id, ids = a_rule(embedded)
    mapped = {row["targetAttribute"]: row["id"] for row in embedded.world.mappings.values()}
    KIND.update(embedded.api, id, wanted(ids, enabled=False, mappings={"userName": "email", "new": "title"}))
    assert embedded.sent == [
        (
            "PUT",
            f"{MAPPINGS}/{mapped['userName']}",
            {"targetAttribute": "userName", "sourceAttribute": "email", "rule": {"id": id}},
        ),
        ("POST", f"{RULES}/{id}/mappings", {"targetAttribute": "new", "sourceAttribute": "title"}),
        ("PUT", f"{RULES}/{id}", {**put(ids), "active": False}),
        ("DELETE", f"{MAPPINGS}/{mapped['workEmail']}", None),
    ]
    assert seen(embedded, id).attributes["mappings"] == {"userName": "email", "new": "title"}


def test_it_is_removed_and_its_people_stay(embedded: Stage) -> None:
    id, _ = a_rule(embedded)
    for _ in range(2):
        KIND.delete(embedded.api, id)
    assert {path for _, path, _ in embedded.sent} == {f"{RULES}/{id}"}
    assert embedded.world.rules_to_deprovision == []


# ---- everybody


def test_the_word_all_stands_for_a_filter_that_everybody_meets(embedded: Stage) -> None:
    id, _ = a_rule(embedded, user_filter="all")
    assert embedded.world.rules[id]["populationExpression"] == "population.id pr"
    assert seen(embedded, id).attributes["user_filter"] == "all"
    spellings = {
        KIND.canonical("user_filter", text)
        for text in ("all", " all ", "population.id pr", "population.id PR")
    }
    assert spellings == {"population.id pr"}
    assert KIND.canonical("user_filter", None) is None


def test_groups_have_no_order() -> None:
    assert KIND.canonical("groups", ["b", "a"]) == ["a", "b"]
    assert KIND.canonical("mappings", {"b": 1}) == {"b": 1}


# ---- where the documents disagree


@pytest.mark.parametrize("path", ["plan", "rules", "both"])
@pytest.mark.parametrize("answers_id", [True, False])
def test_it_is_made_at_whichever_path_there_is(path: Any, answers_id: bool) -> None:
    with stage(Switches(rule_create_path=path, create_answers_id=answers_id)) as shown:
        ids = surroundings(shown)
        made = KIND.create(shown.api, wanted(ids), MARKER)
        tried = [one for _, one, _ in shown.sent]
        assert tried == [f"/propagation/plans/{ids['plan']}/rules", RULES][: 2 if path == "rules" else 1]
        assert list(shown.world.rules) == [made.id]


@pytest.mark.parametrize("path", ["plural", "singular", "both"])
def test_a_mapping_is_deleted_at_whichever_path_there_is(path: Any) -> None:
    with stage(Switches(mapping_delete_path=path)) as shown:
        id, ids = a_rule(shown)
        KIND.update(shown.api, id, wanted(ids, mappings={"userName": "username"}))
        assert [row["targetAttribute"] for row in shown.world.mappings.values()] == ["userName"]


IDS: Final = {"plan": "p-1", "directory": "d-1", "connection": "c-1"}
PLAN_PATH: Final = f"{ROOT}/propagation/plans/p-1/rules"


@pytest.mark.parametrize(
    ("status", "answer", "falls_back"),
    [
        (404, {"code": "NOT_FOUND"}, True),
        (405, {"code": "INVALID_REQUEST"}, True),
        (403, {"message": "Invalid key=value pair"}, True),
        (403, {"code": "ACCESS_FAILED"}, False),
        (400, {"code": "INVALID_DATA"}, False),
        (500, {"code": "UNEXPECTED_ERROR"}, False),
        (429, {"code": "REQUEST_LIMITED"}, False),
    ],
)
def test_only_a_wrong_path_is_tried_elsewhere(
    real: Services, status: int, answer: Any, falls_back: bool
) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.add("POST", PLAN_PATH, status=status, json=answer)
        other = wire.add("POST", f"{ROOT}{RULES}", status=201, json={"id": "r-1"})
        if falls_back:
            assert KIND.create(real, wanted(IDS), MARKER).id == "r-1"
        else:
            with pytest.raises(PingconfError):
                KIND.create(real, wanted(IDS), MARKER)
        assert other.call_count == int(falls_back)


def test_a_look_that_fails_does_not_make_a_second_rule(real: Services) -> None:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.add("POST", PLAN_PATH, status=201, json={})
        wire.add("GET", f"{ROOT}{RULES}", status=403, json={"message": "Invalid key=value pair"})
        second = wire.add("POST", f"{ROOT}{RULES}", status=201, json={"id": "r-2"})
        with pytest.raises(UnknownOutcomeError):
            KIND.create(real, wanted(IDS), MARKER)
        assert second.call_count == 0


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (405, {"code": "INVALID_REQUEST"}),
        (403, {"message": "Invalid key=value pair"}),
        (404, {"code": "NOT_FOUND"}),
    ],
)
def test_a_mapping_is_deleted_at_the_other_path(real: Services, status: int, answer: Any) -> None:
    living = {"name": "Employees", "active": True, "populationExpression": "enabled eq true", "groups": []}
    rows = [{"id": "m-1", "targetAttribute": "userName", "sourceAttribute": "username"}]
    rows.append({"id": "m-2", "targetAttribute": "old", "sourceAttribute": "x"})
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.add("GET", f"{ROOT}{RULES}/r-1", json={"id": "r-1", **living})
        wire.add("GET", f"{ROOT}{RULES}/r-1/mappings", json={"_embedded": {"mappings": rows}})
        wire.add("DELETE", f"{ROOT}{MAPPINGS}/m-2", status=status, json=answer)
        other = wire.add("DELETE", f"{ROOT}/propagation/mapping/m-2", status=204)
        KIND.update(real, "r-1", wanted(IDS, mappings={"userName": "username"}))
        assert other.call_count == 1


# ---- odd rows, and the review


def test_what_is_seen_of_an_odd_row(real: Services, wire: responses.RequestsMock) -> None:
    wire.add("GET", f"{ROOT}{RULES}", json={"_embedded": {"rules": [{"id": "r-1"}]}})
    (seen,) = KIND.list(real)
    expected: dict[str, Any] = {
        "name": None,
        "connection": None,
        "user_filter": None,
        "groups": [],
        "enabled": False,
    }
    assert seen == Observed("r-1", expected)


def test_the_review() -> None:
    assert said(KIND, attributes(KIND.section, connection="c", user_filter="all")) == []
    assert said(KIND, attributes(KIND.section, connection="c", user_filter='email ew "@acme.example"')) == []
    twice = attributes(KIND.section, connection="c", user_filter="all", groups=["a", "b", "a"])
    assert said(KIND, twice) == [("groups", "groups names the same group twice")]
    ((path, headline),) = said(KIND, attributes(KIND.section, connection="c", user_filter="All"))
    assert (path, headline.startswith("user_filter is no SCIM filter: ")) == ("user_filter", True)


def test_what_is_filled_in() -> None:
    filled = attributes(KIND.section, connection="c", user_filter="all")
    assert (filled["name"], filled["mappings"]) == ("key", DEFAULT_MAPPINGS)
    assert (filled["groups"], filled["enabled"]) == ([], True)
    with pytest.raises(ValueError, match="validation error"):
        attributes(KIND.section, connection="c", user_filter="all", mappings={})


def test_an_active_rule_needs_an_active_connection(embedded: Stage) -> None:
    ids = surroundings(embedded)
    PingOneConnection().update(embedded.api, ids["connection"], connection(enabled=False))
    made = KIND.create(embedded.api, wanted(ids), MARKER)
    with pytest.raises(ServiceError, match="invalid data") as caught:
        KIND.update(embedded.api, made.id, wanted(ids))
    assert caught.value.details[0] == "active: An active rule needs an active target store"
