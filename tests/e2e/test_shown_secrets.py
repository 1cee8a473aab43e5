"""Where PingOne shows a connection's token in clear, it is known which it is, and can be sent again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest

from pingconf.sandbox.infisical_scim_tokens import scim_token_payload
from pingconf.sandbox.world import World
from tests.e2e.hands import CONNECTION, GROUP, store
from tests.e2e.makers import Stage
from tests.e2e.witness import PEOPLE, assert_settled, our_tokens, with_access

PATH: Final = "auth.token"
KEY: Final = "OAUTH_ACCESS_TOKEN"


def shows(world: World, how: Any) -> None:
    world.switches = replace(world.switches, secrets_in_get=how)


@pytest.fixture
def shown(applied: Stage) -> Stage:
    shows(applied.world, "clear")
    return applied


def made_by_hand(world: World) -> str:
    """Somebody makes a token in Infisical and pastes it into the connection."""
    row = {"ttlDays": 0, "description": "by hand", "orgId": world.organization_id, "createdAt": world.stamp()}
    world.scim_tokens["by-hand"] = {"id": "by-hand", **row, "updatedAt": row["createdAt"]}
    store(world)["configuration"][KEY] = world.sign(scim_token_payload(world.scim_tokens["by-hand"]))
    return "by-hand"


def test_a_change_sends_the_same_token_once_more(shown: Stage) -> None:
    before, (token,) = store(shown.world)["configuration"][KEY], our_tokens(shown.world)
    shown.edit(f"{CONNECTION}.remove_action", "delete")
    plan = shown.run("plan")
    assert "Plan: 0 to add, 1 to change, 0 to destroy." in plan.out
    shown.apply()
    assert shown.wire.lines == [
        "POST /propagation/stores/connection/status",
        "PUT /propagation/stores/*",
        "POST /propagation/revisions",
    ]
    test, put, _ = shown.wire.writes
    assert [call.body["configuration"][KEY] == before for call in (test, put)] == [True, True]
    assert our_tokens(shown.world) == [token]
    assert len(with_access(shown.world)) == PEOPLE
    assert_settled(shown)


@pytest.mark.parametrize("how", ["masked", "absent"])
def test_a_token_that_is_not_shown_is_made_anew(applied: Stage, how: str) -> None:
    shows(applied.world, how)
    (token,) = our_tokens(applied.world)
    applied.edit(f"{CONNECTION}.remove_action", "delete")
    assert "Plan: 1 to add, 1 to change, 1 to destroy." in applied.run("plan").out
    applied.apply()
    assert our_tokens(applied.world) != [token]
    assert_settled(applied)


def test_another_token_is_drift_and_is_put_back(shown: Stage) -> None:
    (ours,) = our_tokens(shown.world)
    theirs = made_by_hand(shown.world)
    (drift,) = shown.run("drift", "--json", expect=2).document["drift"]
    assert drift == {"address": CONNECTION, "path": PATH, "recorded": "pingone", "observed": theirs}
    plan = shown.run("plan").out
    assert f"Changed by hand since the last apply:\n\n  {CONNECTION}" in plan
    assert "~ pingone.connections.infisical   (changed by hand since the last apply)" in plan
    shown.apply()
    assert shown.run("drift").code == 0
    assert ours not in our_tokens(shown.world), "nobody has its secret any more"
    assert theirs in shown.world.scim_tokens, "it is not ours to revoke"
    assert_settled(shown)


def test_a_text_that_is_no_token_says_nothing(shown: Stage) -> None:
    """It may be a mask: nobody can tell, so it is no drift."""
    store(shown.world)["configuration"][KEY] = "no token"
    shown.run("drift")
    shown.run("plan", "--detailed-exitcode")


def test_a_token_that_is_shown_no_more_stops_the_plan(shown: Stage) -> None:
    """The plan was to send it once more; nothing is written in its place."""
    shown.edit(f"{CONNECTION}.remove_action", "delete")
    shown.run("plan", "--out", "saved")
    shows(shown.world, "absent")
    shown.wire.calls.clear()
    ran = shown.run("apply", "saved", expect=4)
    assert f"Error: {CONNECTION} does not show its secret any more, or holds another one" in ran.err
    assert shown.wire.lines == []
    shown.apply()
    assert_settled(shown)


def test_another_token_since_the_plan_was_made_is_told(shown: Stage) -> None:
    shown.edit(f"{GROUP}.description", "new")
    shown.edit(f"{CONNECTION}.remove_action", "delete")
    shown.run("plan", "--out", "saved")
    made_by_hand(shown.world)
    ran = shown.run("apply", "saved", expect=4)
    assert f"{CONNECTION} was changed ({PATH})." in ran.err


def test_a_rotation_makes_a_new_one_all_the_same(shown: Stage) -> None:
    (old,) = our_tokens(shown.world)
    shown.run("rotate", "--auto-approve")
    (new,) = our_tokens(shown.world)
    assert new != old
    assert_settled(shown)


def test_scim_is_switched_on_before_the_same_token_is_tried(shown: Stage) -> None:
    """Nothing is to be done about the token in between."""
    shown.world.organization["scimEnabled"] = False
    store(shown.world)["configuration"]["AUTHORIZATION_TYPE"] = "Basic"
    shown.apply()
    assert shown.wire.lines == [
        "PATCH /api/v1/organization/*",
        "POST /propagation/stores/connection/status",
        "PUT /propagation/stores/*",
        "POST /propagation/revisions",
    ]
    assert_settled(shown)
