"""What others left unpublished in PingOne: a revision publishes everything, so it is shown, and refused."""

from __future__ import annotations

from typing import Final

import pytest

from pingconf.sandbox import World
from tests.e2e.hands import CONNECTION, GROUP, RULE, rule, store
from tests.e2e.makers import Json, Stage, furnish
from tests.e2e.witness import assert_settled

ALLOWED: Final = "guardrails: {foreign_changes: publish}"
HEADLINE: Final = "This apply would publish what somebody else has changed in PingOne and not published yet"


def slack(world: World) -> Json:
    return next(row for row in world.stores.values() if row["type"] == "Slack")


@pytest.fixture
def with_others(services: Stage) -> Stage:
    furnish(services.world)
    services.apply()
    services.wire.calls.clear()
    return services


def left_unpublished(stage: Stage) -> None:
    """Somebody changes a connection of theirs, and leaves it at that."""
    row = slack(stage.world)
    row["configuration"] = {"TEAM": "elsewhere"}
    row["updatedAt"] = stage.world.stamp()


def test_what_others_have_not_published_is_refused(with_others: Stage) -> None:
    left_unpublished(with_others)
    with_others.edit(f"{RULE}.user_filter", "all")
    ran = with_others.run("apply", "--auto-approve", expect=5)
    assert f"Error: {HEADLINE}" in ran.err
    assert 'Not published: the connection "Slack", changed at ' in ran.err
    assert ALLOWED in ran.err
    assert with_others.wire.lines == []


def test_the_plan_shows_it(with_others: Stage) -> None:
    left_unpublished(with_others)
    with_others.edit(f"{RULE}.user_filter", "all")
    since = slack(with_others.world)["updatedAt"]
    warned = f'Somebody else left the connection "Slack", changed at {since}, unpublished'
    assert warned in with_others.run("plan").out
    (warning,) = with_others.run("plan", "--json").document["warnings"]
    assert warning.startswith(warned)


def test_it_may_go_along(with_others: Stage) -> None:
    left_unpublished(with_others)
    with_others.edit(f"{RULE}.user_filter", "all")
    with_others.edit("guardrails", {"foreign_changes": "publish"})
    with_others.apply()
    assert slack(with_others.world) in with_others.world.published["stores"]
    assert_settled(with_others)


def test_it_does_not_matter_where_nothing_is_published(with_others: Stage) -> None:
    """No revision, nobody's business."""
    left_unpublished(with_others)
    assert with_others.run("plan", "--detailed-exitcode").err == ""
    with_others.edit("infisical.scim_tokens.spare", {"description": "spare"})
    with_others.apply()


def test_a_new_rule_of_others_counts_too(with_others: Stage) -> None:
    ours = rule(with_others.world)
    theirs = {**ours, "id": "theirs", "name": "Theirs", "updatedAt": with_others.world.stamp()}
    with_others.world.rules["theirs"] = theirs
    with_others.edit(f"{RULE}.user_filter", "all")
    ran = with_others.run("apply", "--auto-approve", expect=5)
    assert 'Not published: the rule "Theirs", changed at ' in ran.err


def test_what_was_never_published_counts_from_the_first_apply(services: Stage) -> None:
    furnish(services.world)
    services.world.revisions.clear()
    ran = services.run("apply", "--auto-approve", expect=5)
    assert 'Not published: the connection "Slack"' in ran.err


def test_what_is_ours_is_no_foreign_change(with_others: Stage) -> None:
    """A change by hand is drift, and is put back; what a run that died left is published by the next one."""
    row = store(with_others.world)
    row["configuration"]["AUTHORIZATION_TYPE"] = "Basic"
    row["updatedAt"] = with_others.world.stamp()
    with_others.apply()
    assert_settled(with_others)
    with_others.edit(f"{CONNECTION}.remove_action", "delete")
    with_others.wire.break_write(4, "refused")
    with_others.run("apply", "--auto-approve", expect=7)
    assert with_others.wire.mend()
    with_others.apply()
    assert_settled(with_others)


def test_provisioning_itself_is_no_change(with_others: Stage) -> None:
    """Nobody documents whether it moves the time stamp of the connection."""
    row = slack(with_others.world)
    row["updatedAt"] = with_others.world.stamp()
    row["syncStatus"] = {"lastSyncAt": row["updatedAt"]}
    with_others.edit(f"{RULE}.user_filter", "all")
    with_others.apply()


def test_a_saved_plan_stops_at_what_is_left_unpublished_since(with_others: Stage) -> None:
    with_others.edit(f"{RULE}.user_filter", "all")
    with_others.run("plan", "--out", "saved")
    left_unpublished(with_others)
    ran = with_others.run("apply", "saved", expect=4)
    assert 'Somebody left something unpublished: the connection "Slack", changed at ' in ran.err
    assert with_others.wire.lines == []


def test_a_saved_plan_is_refused_like_any_other(with_others: Stage) -> None:
    left_unpublished(with_others)
    with_others.edit(f"{RULE}.user_filter", "all")
    with_others.run("plan", "--out", "saved")
    ran = with_others.run("apply", "saved", expect=5)
    assert f"Error: {HEADLINE}" in ran.err


@pytest.mark.parametrize("stamp", ["", "yesterday", None])
def test_a_time_stamp_that_says_nothing(with_others: Stage, stamp: str | None) -> None:
    slack(with_others.world).update(updatedAt=stamp, createdAt=stamp)
    with_others.edit(f"{GROUP}.description", "new")
    with_others.apply()


def test_time_stamps_are_compared_as_moments(with_others: Stage) -> None:
    """One may come with a fraction of a second, and the other without."""
    (*_, latest) = with_others.world.revisions.values()
    latest["createdAt"] = "2026-01-01T00:00:00.500Z"
    slack(with_others.world)["updatedAt"] = "2026-01-01T00:00:00Z"
    store(with_others.world)["updatedAt"] = latest["createdAt"]
    with_others.edit(f"{RULE}.user_filter", "all")
    with_others.apply()


# ---- drift


def test_what_is_not_published_is_drift(applied: Stage) -> None:
    row = next(one for one in applied.world.stores.values() if one["type"] == "Slack")
    row["name"], row["updatedAt"] = "Slack\n::error::", applied.world.stamp()
    ran = applied.run("drift", expect=2)
    assert (
        '      ! unpublished\n          somebody else\'s: the connection "Slack\\n::error::", changed at '
        in ran.out
    )
    assert ran.out.endswith("Drift: unpublished changes in PingOne.\n")
    (entry,) = applied.run("drift", "--json", expect=2).document["drift"]
    assert (entry["address"], entry["path"]) == ("pingone.revision", "unpublished")
    assert "No changes." in applied.run("plan", "--detailed-exitcode").out, "it is no plan's business"


def test_what_an_apply_left_unpublished_is_drift(applied: Stage) -> None:
    applied.edit(f"{RULE}.name", "Renamed")
    applied.wire.break_write(2, "down")
    applied.run("apply", "--auto-approve", expect=7)
    assert applied.wire.mend()
    assert "changes of our own, which an earlier run could not publish" in applied.run("drift", expect=2).out
    applied.apply()
    applied.run("drift")
