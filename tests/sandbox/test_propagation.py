"""Plans, stores, rules, mappings and revisions: what PingOne takes, refuses, and shows."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from pingconf.sandbox import Switches, World
from tests.sandbox.callers import CHECK, NO_ID, Clock, Infisical, PingOne, Setup, revoke_all, store

PLANS, STORES, RULES = "/propagation/plans", "/propagation/stores", "/propagation/rules"


def switch(world: World, **changes: Any) -> None:
    world.switches = dataclasses.replace(world.switches, **changes)


def test_a_fresh_environment_has_nothing_and_may_have_a_directory(pingone: PingOne, clock: Clock) -> None:
    assert [pingone.embedded(path) for path in (PLANS, STORES, RULES)] == [[], [], []]
    pingone.refused("GET", "/propagation/revisions/id:latest", status=404)
    premade = World.seed(clock=clock, switches=Switches(directory_premade=True))
    assert [row["type"] for row in premade.stores.values()] == ["directory"]


def test_one_plan_and_no_second(pingone: PingOne) -> None:
    plan = pingone.post(PLANS, {"name": "Default Plan"})
    assert plan["status"] == "INACTIVE"
    assert pingone.refused("POST", PLANS, {"name": "Other"})["target"] == "environment"
    body = {"name": "Plan", "status": "ACTIVE"}
    assert pingone.put(f"{PLANS}/{plan['id']}", body)["status"] == "ACTIVE"
    bad = pingone.refused("PUT", f"{PLANS}/{plan['id']}", {"name": "Plan", "status": "active"})
    assert bad["innerError"] == {"allowedValues": ["ACTIVE", "INACTIVE"]}
    assert pingone.get(f"{PLANS}/{plan['id']}")["name"] == "Plan"


def test_a_plan_takes_its_rules_along(setup: Setup) -> None:
    setup.pingone.delete(f"{PLANS}/{setup.plan}")
    assert setup.pingone.embedded(RULES) == []


def test_the_status_of_a_plan_may_be_ignored(pingone: PingOne, world: World) -> None:
    switch(world, plan_status_kept=False)
    assert pingone.post(PLANS, {"name": "P", "status": "ACTIVE"})["status"] == "INACTIVE"


@pytest.mark.parametrize(
    ("switch_value", "shown"), [("absent", None), ("masked", "******"), ("clear", "a secret")]
)
def test_secrets_come_back_as_the_switch_says(
    pingone: PingOne, world: World, switch_value: str, shown: str | None
) -> None:
    switch(world, secrets_in_get=switch_value)
    made = pingone.post(STORES, store("a secret"))
    for seen in (made, pingone.get(f"{STORES}/{made['id']}"), pingone.embedded(STORES)[0]):
        assert seen["configuration"].get("OAUTH_ACCESS_TOKEN") == shown
        assert seen["configuration"]["SCIM_URL"].endswith("/api/v1/scim")


@pytest.mark.parametrize(
    ("changes", "target", "code"),
    [
        ({"name": ""}, "name", "REQUIRED_VALUE"),
        ({"type": "SCIM"}, "type", "INVALID_VALUE"),
        ({"type": None}, "type", "REQUIRED_VALUE"),
        ({"status": "ON"}, "status", "INVALID_VALUE"),
        ({"managed": "true"}, "managed", "INVALID_VALUE"),
        ({"configuration": None}, "configuration", "REQUIRED_VALUE"),
        ({"SCIM_URL": None}, "configuration.SCIM_URL", "REQUIRED_VALUE"),
        ({"USER_FILTER": ""}, "configuration.USER_FILTER", "REQUIRED_VALUE"),
        ({"SCIM_VERSION": "2"}, "configuration.SCIM_VERSION", "INVALID_VALUE"),
        ({"AUTHENTICATION_METHOD": "OAuth 2.0"}, "configuration.AUTHENTICATION_METHOD", "INVALID_VALUE"),
        ({"UNIQUE_USER_IDENTIFIER": "email"}, "configuration.UNIQUE_USER_IDENTIFIER", "INVALID_VALUE"),
        ({"REMOVE_ACTION": "disable"}, "configuration.REMOVE_ACTION", "INVALID_VALUE"),
        ({"CREATE_USERS": "true"}, "configuration.CREATE_USERS", "INVALID_VALUE"),
        ({"OAUTH_ACCESS_TOKEN": None}, "configuration.OAUTH_ACCESS_TOKEN", "REQUIRED_VALUE"),
        (
            {"AUTHENTICATION_METHOD": "Basic Authentication"},
            "configuration.BASIC_AUTH_USER",
            "REQUIRED_VALUE",
        ),
    ],
)
def test_a_bad_connection_is_refused(pingone: PingOne, changes: Any, target: str, code: str) -> None:
    detail = pingone.refused("POST", STORES, store("t", **changes))
    assert (detail["target"], detail["code"]) == (target, code)


def test_names_are_unique(setup: Setup) -> None:
    for path, body in ((STORES, store("t")), (RULES, {**setup.rule_body, "active": False})):
        detail = setup.pingone.refused("POST", path, body)
        assert (detail["target"], detail["code"]) == ("name", "UNIQUENESS_VIOLATION")


def test_a_connection_may_keep_its_name_but_not_take_another(setup: Setup) -> None:
    other = setup.pingone.post(STORES, store("t", name="Other"))["id"]
    refused = setup.pingone.refused("PUT", f"{STORES}/{other}", store("t"))
    assert refused["code"] == "UNIQUENESS_VIOLATION"
    setup.pingone.put(f"{STORES}/{other}", store("t", name="Other"))


def test_the_sync_status_outlives_a_change(setup: Setup) -> None:
    before = setup.publish()
    setup.change_connection(description="new")
    assert setup.pingone.get(f"{STORES}/{setup.connection}")["syncStatus"] == before


def test_a_connection_is_put_whole(setup: Setup, world: World) -> None:
    path = f"{STORES}/{setup.connection}"
    setup.change_connection(description="text", EXTRA="kept")
    assert setup.pingone.get(path)["configuration"]["EXTRA"] == "kept"
    body = store(setup.token)
    del body["configuration"]["OAUTH_ACCESS_TOKEN"]
    after = setup.pingone.put(path, body)
    assert "description" not in after
    assert "EXTRA" not in after["configuration"]
    setup.publish()
    assert world.published_on_revoked_token() == ("Infisical",), "the secret was blanked"


def test_some_things_of_a_connection_are_for_life(setup: Setup) -> None:
    path = f"{STORES}/{setup.connection}"
    by_name = store(setup.token, UNIQUE_USER_IDENTIFIER="userName")
    refused = setup.pingone.refused("PUT", path, by_name)
    assert refused["target"] == "configuration.UNIQUE_USER_IDENTIFIER"
    assert setup.pingone.refused("PUT", path, store(setup.token, type="Slack"))["target"] == "type"


def test_a_store_in_use_is_not_deleted(setup: Setup) -> None:
    refused = setup.pingone.refused("DELETE", f"{STORES}/{setup.connection}")
    assert refused["innerError"]["referencedValues"] == ["Employees"]
    setup.pingone.delete(f"{RULES}/{setup.rule}")
    setup.pingone.delete(f"{STORES}/{setup.connection}")
    setup.pingone.refused("GET", f"{STORES}/{setup.connection}", status=404)


def test_the_connection_test_is_real(setup: Setup, world: World) -> None:
    path = f"{STORES}/connection/status"
    good = setup.pingone.ask("POST", path, store(setup.token), **CHECK)
    assert (good.status_code, good.json()) == (200, {})
    revoke_all(setup.infisical)
    bad = setup.pingone.ask("POST", path, store(setup.token), **CHECK)
    assert bad.status_code == 400
    assert "answered 401" in bad.json()["details"][0]["message"]
    switch(world, test_failure="200")
    soft = setup.pingone.ask("POST", path, store(setup.token), **CHECK)
    assert (soft.status_code, soft.json()["status"]) == (200, "FAILED")
    plain = setup.pingone.ask("POST", path, store(setup.token))
    assert (plain.status_code, plain.json()["code"]) == (400, "INVALID_REQUEST")


def test_store_metadata(pingone: PingOne) -> None:
    answer = pingone.ask("POST", "/propagation/storeMetadata/scim", {}).json()
    assert set(answer) == {"information", "connectionProfiles", "attributeMetadata"}
    pingone.refused("POST", "/propagation/storeMetadata/nonsense", {}, status=404)


@pytest.mark.parametrize(
    ("changes", "target", "code"),
    [
        ({"name": None}, "name", "REQUIRED_VALUE"),
        ({"plan": None}, "plan.id", "REQUIRED_VALUE"),
        ({"sourceStore": None}, "sourceStore.id", "REQUIRED_VALUE"),
        ({"targetStore": {"id": NO_ID}}, "targetStore.id", "INVALID_VALUE"),
        ({"groups": [{"id": NO_ID}]}, "groups.id", "INVALID_VALUE"),
        ({"groups": "all"}, "groups", "INVALID_VALUE"),
        ({"populationExpression": "enabled is true"}, "populationExpression", "INVALID_VALUE"),
        ({"populationExpression": "active eq true"}, "populationExpression", "INVALID_VALUE"),
        ({"active": True}, "active", "INVALID_VALUE"),
    ],
)
def test_a_bad_rule_is_refused(setup: Setup, changes: Any, target: str, code: str) -> None:
    body = {**setup.rule_body, "name": "Other", "active": False, **changes}
    detail = setup.pingone.refused("POST", RULES, body)
    assert (detail["target"], detail["code"]) == (target, code)


def test_source_and_target_have_their_types_and_stay(setup: Setup) -> None:
    ends = {"sourceStore": setup.rule_body["targetStore"], "targetStore": setup.rule_body["sourceStore"]}
    for name, other in ends.items():
        body = {**setup.rule_body, "name": "Other", "active": False, name: other}
        assert setup.pingone.refused("POST", RULES, body)["target"] == f"{name}.id"
        body = {**setup.rule_body, name: other}
        assert setup.pingone.refused("PUT", f"{RULES}/{setup.rule}", body)["target"] == f"{name}.id"


def test_a_rule_is_switched_on_last(setup: Setup) -> None:
    path = f"{RULES}/{setup.rule}"
    without_filter = {name: setup.rule_body[name] for name in ("name", "active")}
    assert "populationExpression" in setup.pingone.refused("PUT", path, without_filter)["message"]
    setup.change_connection(status="INACTIVE")
    assert "target store" in setup.pingone.refused("PUT", path, setup.rule_body)["message"]
    setup.change_connection()
    for row in setup.pingone.embedded(f"{path}/mappings"):
        setup.pingone.delete(f"/propagation/mappings/{row['id']}")
    assert "mapping" in setup.pingone.refused("PUT", path, setup.rule_body)["message"]


def test_a_rule_is_put_whole(setup: Setup) -> None:
    setup.change_rule(description="text")
    after = setup.pingone.put(f"{RULES}/{setup.rule}", {"name": "Bare"})
    assert {"description", "populationExpression"}.isdisjoint(after)
    assert (after["active"], after["groups"]) == (False, [])
    assert after["targetStore"] == {"id": setup.connection}


def test_where_a_rule_is_posted(setup: Setup, world: World) -> None:
    of_plan = f"{PLANS}/{setup.plan}/rules"
    body = {**setup.rule_body, "name": "Second", "active": False}
    switch(world, rule_create_path="plan")
    setup.pingone.refused("POST", RULES, body, status=405)
    setup.pingone.post(of_plan, body)
    switch(world, rule_create_path="rules")
    setup.pingone.refused("POST", of_plan, body, status=405)
    setup.pingone.post(RULES, {**body, "name": "Third"})
    assert [row["name"] for row in setup.pingone.embedded(of_plan)] == ["Employees", "Second", "Third"]


def test_a_new_rule_may_have_no_id_in_the_answer(setup: Setup, world: World) -> None:
    switch(world, create_answers_id=False)
    made = setup.pingone.post(RULES, {**setup.rule_body, "name": "Second", "active": False})
    assert "id" not in made
    assert "Second" in {row["name"] for row in setup.pingone.embedded(RULES)}


def test_where_a_mapping_is_deleted(setup: Setup, world: World) -> None:
    first, second = [row["id"] for row in setup.pingone.embedded(f"{RULES}/{setup.rule}/mappings")][:2]
    switch(world, mapping_delete_path="singular")
    setup.pingone.refused("DELETE", f"/propagation/mappings/{first}", status=405)
    setup.pingone.delete(f"/propagation/mapping/{first}")
    switch(world, mapping_delete_path="plural")
    setup.pingone.refused("DELETE", f"/propagation/mapping/{second}", status=405)
    setup.pingone.delete(f"/propagation/mappings/{second}")


def test_mappings(setup: Setup) -> None:
    path = f"{RULES}/{setup.rule}/mappings"
    row = setup.pingone.post(path, {"targetAttribute": "title", "sourceAttribute": "title"})
    assert row["rule"] == {"id": setup.rule}
    body = {"targetAttribute": "title", "expression": '"Dr."', "rule": {"id": setup.rule}}
    changed = setup.pingone.put(f"/propagation/mappings/{row['id']}", body)
    assert "sourceAttribute" not in changed
    assert setup.pingone.get(f"/propagation/mappings/{row['id']}") == changed
    for bad, target in (
        ({"sourceAttribute": "title"}, "targetAttribute"),
        ({"targetAttribute": "nickName"}, "sourceAttribute"),
        ({"targetAttribute": "nickName", "sourceAttribute": "a", "expression": "b"}, "sourceAttribute"),
        ({"targetAttribute": "title", "sourceAttribute": "email"}, "targetAttribute"),
    ):
        assert setup.pingone.refused("POST", path, bad)["target"] == target
    without_rule = {"targetAttribute": "title", "sourceAttribute": "title"}
    refused = setup.pingone.refused("PUT", f"/propagation/mappings/{row['id']}", without_rule)
    assert refused["target"] == "rule.id"


def test_revisions_form_a_chain(setup: Setup, clock: Clock) -> None:
    first = setup.pingone.post("/propagation/revisions")
    assert "previousRevision" not in first
    clock.wind(minutes=1)
    second = setup.pingone.post("/propagation/revisions", {})
    assert second["previousRevision"] == {"id": first["id"]}
    assert second["createdAt"] == "2026-03-02T09:01:00.000Z"
    for name in ("id:latest", "id%3Alatest", second["id"]):
        assert setup.pingone.get(f"/propagation/revisions/{name}") == second
    assert setup.pingone.get(f"/propagation/revisions/{first['id']}") == first


def test_unpublished_changes_show_by_their_times(setup: Setup, clock: Clock) -> None:
    clock.wind(minutes=1)
    setup.publish()
    published = setup.pingone.get("/propagation/revisions/id:latest")["createdAt"]
    everything = [row for path in (PLANS, STORES, RULES) for row in setup.pingone.embedded(path)]
    assert max(row["updatedAt"] for row in everything) < published
    clock.wind(minutes=1)
    setup.change_rule(description="later")
    assert setup.pingone.get(f"{RULES}/{setup.rule}")["updatedAt"] > published


@pytest.mark.parametrize("counts", [True, False])
def test_lists_may_lack_their_counts(
    pingone: PingOne, infisical: Infisical, world: World, counts: bool
) -> None:
    switch(world, list_counts=counts)
    assert ("count" in pingone.get(STORES)) is counts
