"""Somebody changes something by hand, in either service: it is named, and put back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import requests
from _pytest.mark import ParameterSet

from pingconf.sandbox import CLIENT_ID, CLIENT_SECRET
from tests.e2e.hands import (
    CONNECTION,
    FIELDS,
    GROUP,
    OBJECTS,
    RULE,
    Change,
    delete_connection,
    delete_everything,
    store,
)
from tests.e2e.makers import Stage
from tests.e2e.witness import (
    PEOPLE,
    assert_settled,
    in_groups,
    never_on_a_dead_token,
    our_tokens,
    picture,
    same,
    with_access,
)


def assert_noticed(applied: Stage, change: Change) -> None:
    """`drift` and `plan` name the address and the path, by text and by exit code, and write nothing."""
    told = applied.run("drift", expect=2).out
    assert change.address in told
    assert change.path in told
    planned = applied.run("plan", "--detailed-exitcode", "--json", expect=2).document
    assert (change.address, change.path) in [(one["address"], one["path"]) for one in planned["drift"]]
    assert change.address in [one["address"] for one in planned["changes"]]
    assert applied.wire.writes == []


def publish(applied: Stage) -> None:
    """What the console does when somebody saves there."""
    world = applied.world
    form = {"grant_type": "client_credentials"}
    address = f"{applied.url}/{world.environment_id}/as/token"
    token = requests.post(address, data=form, auth=(CLIENT_ID, CLIENT_SECRET), timeout=10).json()
    environment = f"{applied.url}/v1/environments/{world.environment_id}"
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    done = requests.post(f"{environment}/propagation/revisions", headers=headers, timeout=10)
    assert done.status_code == 201


def cases() -> list[ParameterSet]:
    """Each field, unpublished and published; the second quickly only where it reaches people or groups."""
    found = [pytest.param(change, False, id=f"{change}, unpublished") for change in FIELDS]
    for change in FIELDS:
        reaches = change.address in (GROUP, RULE, "pingone.plan") or change.path == "enabled"
        marks = () if reaches else pytest.mark.soak
        found.append(pytest.param(change, True, id=f"{change}, published", marks=marks))
    return found


@pytest.mark.parametrize(("change", "published"), cases())
def test_a_field_is_put_back_in_place(applied: Stage, change: Change, published: bool) -> None:
    before, groups = picture(applied.world), in_groups(applied.world)
    change.act(applied.world)
    if published:
        publish(applied)
    left = with_access(applied.world)
    assert_noticed(applied, change)
    applied.wire.after_write = never_on_a_dead_token
    applied.apply()
    assert left <= with_access(applied.world)
    assert len(with_access(applied.world)) == PEOPLE
    assert in_groups(applied.world).items() >= groups.items()
    before["scim_tokens"] = picture(applied.world)["scim_tokens"]
    same(before, picture(applied.world))
    assert_settled(applied)


@pytest.mark.parametrize("change", OBJECTS[:-1], ids=str)
def test_an_object_is_made_again(applied: Stage, change: Change) -> None:
    groups = in_groups(applied.world)
    change.act(applied.world)
    assert_noticed(applied, change)
    applied.apply()
    assert len(with_access(applied.world)) == PEOPLE
    assert in_groups(applied.world).items() >= groups.items()
    assert_settled(applied)


def test_that_all_is_gone_is_believed_only_when_somebody_says_so(applied: Stage) -> None:
    """A wrong region, environment or role looks just like it."""
    delete_everything(applied.world)
    for command in (["plan"], ["apply", "--auto-approve"], ["destroy", "--auto-approve"]):
        ran = applied.run(*command, expect=5)
        assert "Nothing of what the state knows is there any more: pingone.directory, " in ran.err
        assert "--recreate-all" in ran.err
        assert applied.wire.writes == []
    applied.run("apply", "--auto-approve", "--recreate-all")
    assert len(with_access(applied.world)) == PEOPLE
    assert_settled(applied)


def test_drift_is_told_where_no_plan_can_be_made(applied: Stage) -> None:
    """`drift` is about what was done by hand, also where the file asks for what cannot be."""
    store(applied.world)["configuration"]["UNIQUE_USER_IDENTIFIER"] = "userName"
    told = applied.run("drift", expect=2).out
    assert "user_identifier" in told
    ran = applied.run("plan", expect=1)
    assert "user_identifier of pingone.connections.infisical cannot be changed" in ran.err


def test_drift_is_about_hands_and_not_about_the_file(applied: Stage) -> None:
    applied.edit("pingone.groups.engineering.population", "Contractors")
    applied.edit("pingone.rules.employees.user_filter", "all")
    assert "No drift." in applied.run("drift").out


def test_a_token_is_rotated_in_time(applied: Stage) -> None:
    old = our_tokens(applied.world)
    made = datetime.now(UTC) - timedelta(days=365 - 24, hours=-1)
    applied.world.scim_tokens[old[0]]["createdAt"] = made.isoformat()
    assert "(expires in 24 days)" in applied.run("plan").out
    told = applied.run("drift", expect=2).out
    assert f"expires on {made + timedelta(days=365):%Y-%m-%d}" in told
    assert f"must be renewed before {made + timedelta(days=335):%Y-%m-%d}" in told
    assert told.endswith("Drift: 1 token to renew.\n")
    applied.wire.after_write = never_on_a_dead_token
    applied.apply()
    assert our_tokens(applied.world) != old
    assert_settled(applied)


def test_a_token_that_nobody_holds_is_in_the_plan(applied: Stage) -> None:
    """`apply` does what `plan` said, so what will be revoked is said."""
    kept = our_tokens(applied.world)[0]
    row = applied.world.scim_tokens[kept]
    stray = {**row, "id": applied.world.new_id(), "description": f"{row['description'][:-9]}deadbeef]"}
    applied.world.scim_tokens[stray["id"]] = stray
    planned = applied.run("plan", "--detailed-exitcode", expect=2).out
    assert "infisical.scim_tokens.pingone" in planned
    applied.apply()
    assert our_tokens(applied.world) == [kept]
    assert_settled(applied)


def test_what_was_deleted_by_hand_leaves_the_file_too(applied: Stage) -> None:
    """Published, the deletion would take people with it; so the token goes first."""
    delete_connection(applied.world)
    for address in ("pingone.rules.employees", CONNECTION, "infisical.scim_tokens.pingone"):
        applied.edit(address, None)
    applied.apply()
    assert len(with_access(applied.world)) == PEOPLE
    assert_settled(applied, tokens=0)
