"""Who leaves the scope, or loses the rule or the connection, is disabled or deleted, or stays."""

from __future__ import annotations

import pytest

from pingconf.sandbox import ADMIN_EMAIL, World
from tests.sandbox.callers import Setup, disable, in_scope, revoke_all

PRIYA = "priya.raman@acme.example"


def test_who_leaves_the_scope_is_disabled_and_may_come_back(setup: Setup) -> None:
    setup.publish()
    disable(setup.pingone, "priya.raman")
    assert PRIYA in setup.infisical.active_members(), "near real time is not played, only revisions"
    setup.publish()
    assert PRIYA in setup.infisical.members()
    assert PRIYA not in setup.infisical.active_members()
    disable(setup.pingone, "priya.raman", enabled=True)
    setup.publish()
    assert PRIYA in setup.infisical.active_members()


def test_who_leaves_the_scope_leaves_the_groups_too(setup: Setup) -> None:
    group = setup.pingone.post("/groups", {"name": "Engineering", "userFilter": 'title co "Engineer"'})
    setup.change_rule(groups=[{"id": group["id"]}])
    setup.publish()
    setup.change_rule(populationExpression='enabled eq true and not (username eq "priya.raman")')
    setup.publish()
    assert len(setup.infisical.group_members("Engineering")) == 9
    assert PRIYA not in setup.infisical.group_members("Engineering")


def test_whom_somebody_else_has_removed_is_no_failure(setup: Setup) -> None:
    setup.change_connection(REMOVE_ACTION="Delete")
    setup.publish()
    id = setup.infisical.members()[PRIYA]["id"]
    assert setup.infisical.scim().ask("DELETE", f"/api/v1/scim/Users/{id}").status_code == 200
    setup.pingone.delete(f"/users/{setup.pingone.person('priya.raman')['id']}")
    assert setup.publish()["failedDeprovisionCount"] == 0


def test_a_deleted_person_leaves_the_scope_too(setup: Setup) -> None:
    setup.publish()
    setup.pingone.delete(f"/users/{setup.pingone.person('priya.raman')['id']}")
    setup.publish()
    assert PRIYA not in setup.infisical.active_members()


def test_remove_action_delete_takes_the_membership_away(setup: Setup) -> None:
    setup.change_connection(REMOVE_ACTION="Delete")
    setup.publish()
    setup.change_rule(populationExpression='title co "Engineer" and enabled eq true')
    setup.publish()
    engineers = in_scope(setup.pingone, 'enabled eq true and title co "Engineer"')
    assert set(setup.infisical.members()) == engineers | {ADMIN_EMAIL}


def test_without_disable_users_nobody_is_removed(setup: Setup) -> None:
    setup.change_connection(DISABLE_USERS=False)
    setup.publish()
    setup.change_rule(populationExpression='username eq "priya.raman"')
    setup.publish()
    assert len(setup.infisical.active_members()) == 37


def test_a_rule_deleted_plainly_leaves_the_people(setup: Setup) -> None:
    setup.publish()
    setup.pingone.delete(f"/propagation/rules/{setup.rule}")
    setup.publish()
    assert len(setup.infisical.active_members()) == 37


@pytest.mark.parametrize(("managed", "left"), [(True, 1), (False, 37)])
def test_a_rule_deleted_with_deprovision(setup: Setup, managed: bool, left: int) -> None:
    setup.change_connection(managed=managed)
    setup.publish()
    setup.pingone.delete(f"/propagation/rules/{setup.rule}?deprovision=true")
    assert len(setup.infisical.active_members()) == 37, "it waits for the revision"
    setup.publish()
    assert len(setup.infisical.active_members()) == left


@pytest.mark.parametrize(("managed", "left"), [(True, 1), (False, 37)])
def test_a_deleted_connection_takes_its_people_along_if_managed(
    setup: Setup, managed: bool, left: int
) -> None:
    setup.change_connection(managed=managed)
    setup.publish()
    setup.pingone.delete(f"/propagation/rules/{setup.rule}")
    setup.pingone.delete(f"/propagation/stores/{setup.connection}")
    setup.pingone.post("/propagation/revisions")
    assert len(setup.infisical.active_members()) == left


def test_a_connection_deleted_after_its_token_removes_nobody(setup: Setup, world: World) -> None:
    setup.publish()
    revoke_all(setup.infisical)
    setup.pingone.delete(f"/propagation/rules/{setup.rule}")
    setup.pingone.delete(f"/propagation/stores/{setup.connection}")
    setup.pingone.post("/propagation/revisions")
    assert len(setup.infisical.active_members()) == 37
    assert world.history[-1]["retired"][0]["failed_deprovision"] == 36


def test_a_failed_deprovisioning_is_tried_again(setup: Setup) -> None:
    setup.publish()
    revoke_all(setup.infisical)
    setup.pingone.delete(f"/propagation/rules/{setup.rule}?deprovision=true")
    status = setup.publish()
    assert status["failedDeprovisionCount"] == 36
    setup.change_connection(setup.infisical.new_token())
    status = setup.publish()
    assert status["failedDeprovisionCount"] == 0
    assert setup.infisical.active_members() == {ADMIN_EMAIL}


def test_two_rules_hold_a_person_who_leaves_one(setup: Setup) -> None:
    body = {**setup.rule_body, "name": "Contractors", "active": False}
    second = setup.pingone.post("/propagation/rules", body)["id"]
    for target, source in {"userName": "username", "workEmail": "email"}.items():
        mapping = {"targetAttribute": target, "sourceAttribute": source}
        setup.pingone.post(f"/propagation/rules/{second}/mappings", mapping)
    setup.pingone.put(f"/propagation/rules/{second}", {**body, "active": True})
    setup.publish()
    setup.change_rule(populationExpression='username eq "nobody"')
    setup.publish()
    assert len(setup.infisical.active_members()) == 37
