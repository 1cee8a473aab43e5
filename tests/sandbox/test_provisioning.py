"""A revision really provisions: who is in scope becomes a member, and groups are filled."""

from __future__ import annotations

from typing import Any

import pytest

from pingconf.sandbox import ADMIN_EMAIL, World
from tests.sandbox.callers import Clock, Infisical, PingOne, Setup, disable, follow_the_guide, in_scope

PRIYA = "priya.raman@acme.example"


def test_the_guide_from_end_to_end(pingone: PingOne, infisical: Infisical, world: World) -> None:
    group = pingone.post("/groups", {"name": "Engineering", "userFilter": 'title co "Engineer"'})
    setup = follow_the_guide(pingone, infisical)
    setup.change_rule(groups=[{"id": group["id"]}])
    assert infisical.active_members() == {ADMIN_EMAIL}, "nothing goes live before a revision"

    status = setup.publish()

    people = in_scope(pingone, "enabled eq true")
    assert len(people) == 36
    assert infisical.active_members() == people | {ADMIN_EMAIL}
    engineers = in_scope(pingone, 'enabled eq true and title co "Engineer"')
    assert infisical.group_members("Engineering") == engineers
    assert 8 <= len(engineers) <= 12
    assert status["userTotal"] == status["successCount"] == 36
    assert status["failedCount"] == status["failedDeprovisionCount"] == 0
    assert "syncState" not in status
    member = infisical.members()[PRIYA]
    assert (member["user"]["firstName"], member["user"]["lastName"]) == ("Priya", "Raman")
    assert member["status"] == "invited"
    assert world.published_on_revoked_token() == ()


def test_a_second_revision_changes_nothing(setup: Setup, world: World) -> None:
    setup.publish()
    invited = len(world.invitations)
    setup.publish()
    done = world.history[-1]["connections"][0]
    assert (done["created"], done["updated"], done["unchanged"]) == (0, 0, 36)
    assert len(world.invitations) == invited


def test_without_create_users_nobody_is_created(setup: Setup) -> None:
    setup.change_connection(CREATE_USERS=False)
    status = setup.publish()
    assert setup.infisical.active_members() == {ADMIN_EMAIL}
    assert status["successCount"] == 0


def test_a_disabled_person_in_scope_is_disabled_and_never_created(setup: Setup, world: World) -> None:
    setup.change_rule(populationExpression="population.id pr")
    setup.publish()
    assert len(setup.infisical.members()) == 37
    disable(setup.pingone, "priya.raman")
    setup.publish()
    assert PRIYA not in setup.infisical.active_members()


def test_a_new_name_is_sent(setup: Setup) -> None:
    setup.publish()
    person = setup.pingone.person("priya.raman")
    body = {"name": {"given": "Priya", "family": "Iyer"}}
    assert setup.pingone.ask("PATCH", f"/users/{person['id']}", body).status_code == 200
    setup.publish()
    assert setup.infisical.members()[PRIYA]["user"]["lastName"] == "Iyer"


def test_groups_follow_their_members_and_their_name(setup: Setup) -> None:
    pingone, infisical = setup.pingone, setup.infisical
    group = pingone.post("/groups", {"name": "Pilots"})["id"]
    for username in ("priya.raman", "jonas.lindqvist", "oskar.berg"):
        user = pingone.person(username)["id"]
        assert pingone.post(f"/users/{user}/memberOfGroups", {"id": group})["type"] == "DIRECT"
    setup.change_rule(groups=[{"id": group}])
    setup.publish()
    both = {PRIYA, "jonas.lindqvist@acme.example"}
    assert infisical.group_members("Pilots") == both, "only members in scope come along"

    pingone.delete(f"/users/{pingone.person('priya.raman')['id']}/memberOfGroups/{group}")
    pingone.put(f"/groups/{group}", {"name": "Aviators"})
    setup.publish()
    assert infisical.group_members("Aviators") == both - {PRIYA}
    assert [row["name"] for row in infisical.admin().get("/api/v1/groups")] == ["Aviators"]


def test_a_group_deleted_at_the_target_is_made_again(setup: Setup) -> None:
    group = setup.pingone.post("/groups", {"name": "Everyone", "userFilter": "enabled eq true"})["id"]
    setup.change_rule(groups=[{"id": group}])
    setup.publish()
    scim = setup.infisical.scim()
    found = scim.get('/api/v1/scim/Groups?filter=displayName eq "Everyone"')["Resources"]
    assert scim.ask("DELETE", f"/api/v1/scim/Groups/{found[0]['id']}").status_code == 200
    setup.publish()
    assert len(setup.infisical.group_members("Everyone")) == 36


@pytest.mark.parametrize(("handling", "stays"), [("Merge", True), ("Overwrite", False)])
def test_a_hand_made_member_of_a_group(setup: Setup, handling: str, stays: bool) -> None:
    setup.change_connection(GROUP_MEMBERSHIP_HANDLING=handling)
    group = setup.pingone.post("/groups", {"name": "Everyone", "userFilter": "enabled eq true"})["id"]
    setup.change_rule(groups=[{"id": group}])
    setup.publish()
    scim = setup.infisical.scim()
    remote = scim.get("/api/v1/scim/Groups")["Resources"][0]["id"]
    admin = setup.infisical.members()[ADMIN_EMAIL]["id"]
    add = [{"op": "add", "path": "members", "value": [{"value": admin}]}]
    assert scim.ask("PATCH", f"/api/v1/scim/Groups/{remote}", {"schemas": [], "Operations": add}).ok
    setup.publish()
    assert (ADMIN_EMAIL in setup.infisical.group_members("Everyone")) is stays


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"OAUTH_ACCESS_TOKEN": "eyJ.foreign.token"}, "answered 403"),
        ({"AUTHORIZATION_TYPE": "OAuth"}, "answered 403: invalid token"),
        ({"SCIM_URL": "https://app.infisical.com/api/v1/scim/"}, "answered 404"),
        ({"SCIM_URL": "https://app.infisical.com/api/v1/scim/v2"}, "answered 404"),
        ({"SCIM_URL": "nonsense"}, "no such host"),
        ({"SCIM_URL": "https://[broken/api/v1/scim"}, "not a URL"),
        ({"USERS_RESOURCE": "/users"}, "answered 404"),
        ({"USER_FILTER": "email.value is %s"}, "answered 500"),
        ({"AUTHENTICATION_METHOD": "None"}, "answered 401: Token missing"),
        ({"AUTHENTICATION_METHOD": "Basic Authentication", "BASIC_AUTH_USER": "x"}, "answered 403"),
        ({"AUTHENTICATION_METHOD": "OAuth 2 Client Credentials"}, "not played"),
    ],
)
def test_a_bad_connection_fails_for_everybody_and_says_why(
    setup: Setup, changes: dict[str, Any], reason: str
) -> None:
    setup.change_connection(**changes)
    status = setup.publish()
    assert (status["failedCount"], status["syncState"]) == (36, "FAILED")
    assert reason in status["details"]
    assert setup.token not in status["details"]
    assert setup.infisical.active_members() == {ADMIN_EMAIL}


def test_a_published_connection_on_a_dead_token_is_noticed(setup: Setup, world: World, clock: Clock) -> None:
    setup.publish()
    assert world.published_on_revoked_token() == ()
    clock.wind(days=366)
    assert world.published_on_revoked_token() == ("Infisical",)
    status = setup.publish()
    assert status["failedCount"] == 36
    assert "expired" in status["details"]
    setup.change_connection(setup.infisical.new_token())
    assert world.published_on_revoked_token() == ("Infisical",), "told, but not published"
    setup.publish()
    assert world.published_on_revoked_token() == ()


def test_a_filter_that_means_everybody_takes_over_the_admin(setup: Setup) -> None:
    setup.change_connection(USER_FILTER='emails.value eq "%s"')
    setup.publish()
    assert ADMIN_EMAIL not in setup.infisical.members(), "PingOne took the first member for each person"


def test_a_person_without_the_identifier_fails_alone(setup: Setup) -> None:
    person = setup.pingone.person("priya.raman")
    assert setup.pingone.ask("PATCH", f"/users/{person['id']}", {"email": ""}).ok
    status = setup.publish()
    assert (status["failedCount"], status["successCount"]) == (1, 35)
    assert "priya.raman has no value for workEmail" in status["details"]


@pytest.mark.parametrize(
    ("expression", "given"),
    [('"Dr. " + user.name.given', "Dr. Priya"), ("${user.name.given}", "Priya"), ("user.nothing", "")],
)
def test_a_mapping_by_expression(setup: Setup, expression: str, given: str) -> None:
    mappings = setup.pingone.embedded(f"/propagation/rules/{setup.rule}/mappings")
    row = next(row for row in mappings if row["targetAttribute"] == "givenName")
    body = {"targetAttribute": "givenName", "expression": expression, "rule": {"id": setup.rule}}
    setup.pingone.put(f"/propagation/mappings/{row['id']}", body)
    setup.publish()
    assert setup.infisical.members()[PRIYA]["user"]["firstName"] == given


def test_nothing_runs_while_plan_connection_or_rule_is_off(setup: Setup) -> None:
    plan = f"/propagation/plans/{setup.plan}"
    setup.pingone.put(plan, {"name": "Default Plan"})
    setup.publish()
    assert setup.infisical.active_members() == {ADMIN_EMAIL}
    setup.pingone.put(plan, {"name": "Default Plan", "status": "ACTIVE"})
    setup.change_connection(status="INACTIVE")
    setup.publish()
    assert setup.infisical.active_members() == {ADMIN_EMAIL}
    setup.change_connection()
    setup.change_rule(active=False)
    setup.publish()
    assert setup.infisical.active_members() == {ADMIN_EMAIL}
    setup.change_rule(active=True)
    setup.publish()
    assert len(setup.infisical.active_members()) == 37


def test_what_is_read_about_the_people_provisioned(setup: Setup) -> None:
    group = setup.pingone.post("/groups", {"name": "Everyone", "userFilter": "enabled eq true"})["id"]
    setup.change_rule(groups=[{"id": group}])
    setup.publish()
    synced = setup.pingone.embedded(f"/propagation/rules/{setup.rule}/syncedGroups")
    assert synced == [{"id": group, "name": "Everyone", "status": "SUCCESS"}]
    person = setup.pingone.person("priya.raman")["id"]
    (rule,) = setup.pingone.embedded(f"/users/{person}/syncedRules")
    assert rule["rule"] == {"id": setup.rule, "name": "Employees"}
