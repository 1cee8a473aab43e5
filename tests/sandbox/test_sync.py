"""What the embedded PingOne tells of each person and group, rule by rule."""

from __future__ import annotations

import pytest

from pingconf.sandbox import Switches, World
from tests.sandbox.callers import Setup


def test_how_a_rule_went_for_a_person(setup: Setup) -> None:
    setup.publish()
    person = setup.pingone.person("priya.raman")["id"]
    path = f"/users/{person}/syncedRules/{setup.rule}"
    told = setup.pingone.get(path)
    assert (told["rule"], told["status"], told["details"]) == (
        {"id": setup.rule, "name": "Employees"},
        "SUCCESS",
        "",
    )
    assert (told["targetStore"]["type"], told["sourceStore"]["type"]) == ("scim", "directory")
    assert told["_links"]["self"]["href"].endswith(path)
    assert "id" not in told


@pytest.mark.parametrize(
    ("answer", "status", "details"),
    [("reason", "FAILED", "priya.raman has no value for"), ("bare", "FAILED", "")],
)
def test_how_a_rule_failed(setup: Setup, world: World, answer: str, status: str, details: str) -> None:
    world.switches = Switches(failed_sync=answer)  # type: ignore[arg-type]
    row = next(one for one in world.users.values() if one["username"] == "priya.raman")
    email = row.pop("email")
    setup.publish()
    told = setup.pingone.get(f"/users/{row['id']}/syncedRules/{setup.rule}")
    assert told["status"] == status
    assert told["details"].startswith(details) and bool(told["details"]) is bool(details)
    row["email"] = email
    setup.publish()
    assert setup.pingone.get(f"/users/{row['id']}/syncedRules/{setup.rule}")["status"] == "SUCCESS"


def test_how_a_rule_went_for_a_group(setup: Setup, world: World) -> None:
    group = setup.pingone.post("/groups", {"name": "Everyone", "userFilter": "enabled eq true"})["id"]
    setup.change_rule(groups=[{"id": group}])
    world.licence["groups"] = False
    setup.publish()
    path = f"/groups/{group}/syncedRules/{setup.rule}"
    told = setup.pingone.get(path)
    assert told["status"] == "FAILED" and "due to plan restriction" in told["details"]
    world.licence["groups"] = True
    setup.publish()
    assert setup.pingone.get(path)["status"] == "SUCCESS"


@pytest.mark.parametrize(
    "path", ["/users/{user}/syncedRules/x", "/users/x/syncedRules/{rule}", "/groups/x/syncedRules/{rule}"]
)
def test_what_is_not_there(setup: Setup, path: str) -> None:
    setup.publish()
    user = setup.pingone.person("priya.raman")["id"]
    setup.pingone.refused("GET", path.format(user=user, rule=setup.rule), status=404)


def test_whoever_is_in_no_scope_has_nothing(setup: Setup) -> None:
    setup.publish()
    outside = setup.pingone.person("oskar.berg")["id"]
    setup.pingone.refused("GET", f"/users/{outside}/syncedRules/{setup.rule}", status=404)
