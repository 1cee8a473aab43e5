"""Somebody edits the file: the living objects follow in place, and exactly what was meant is touched."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.e2e.hands import CONNECTION, GROUP, RULE, rule, store
from tests.e2e.makers import Stage
from tests.e2e.witness import (
    PEOPLE,
    Picture,
    assert_settled,
    changes,
    in_groups,
    never_on_a_dead_token,
    our_tokens,
    picture,
    with_access,
)

TOKEN: Final = "infisical.scim_tokens.pingone"
REVISION: Final = "POST /propagation/revisions"


def follow(applied: Stage, *, people: int = PEOPLE) -> set[str]:
    """Apply the edited file; returns what changed. Nothing is left to do then, and people keep access."""
    before: Picture = picture(applied.world)
    applied.wire.after_write = never_on_a_dead_token
    applied.apply()
    assert_settled(applied)
    assert len(with_access(applied.world)) == people
    return changes(before, picture(applied.world))


IN_PLACE: Final[tuple[tuple[str, Any, str, Any], ...]] = (
    ("name", "Renamed", "name", "Renamed"),
    ("description", "Another", "description", "Another"),
    ("deprovision_on_rule_deletion", False, "managed", False),
    ("enabled", False, "status", "INACTIVE"),
    ("groups_resource", "/Teams", "GROUPS_RESOURCE", "/Teams"),
    ("scim_version", "1.1", "SCIM_VERSION", "1.1"),
    ("user_filter_expression", 'userName eq "%s"', "USER_FILTER", 'userName eq "%s"'),
    ("create_users", False, "CREATE_USERS", False),
    ("update_users", False, "UPDATE_USERS", False),
    ("disable_users", False, "DISABLE_USERS", False),
    ("remove_action", "delete", "REMOVE_ACTION", "Delete"),
)


@pytest.mark.parametrize(("key", "value", "theirs", "sent"), IN_PLACE, ids=[row[0] for row in IN_PLACE])
def test_a_connection_changes_in_place(applied: Stage, key: str, value: Any, theirs: str, sent: Any) -> None:
    before, old = dict(store(applied.world)), our_tokens(applied.world)
    applied.edit(f"{CONNECTION}.{key}", value)
    seen = follow(applied)
    after = store(applied.world)
    assert after["id"] == before["id"]
    assert {**after, **after["configuration"]}[theirs] == sent
    name = "Renamed" if key == "name" else "Infisical"
    assert seen == {f"~stores {name}", "-scim_tokens PingOne", "+scim_tokens PingOne"}
    assert our_tokens(applied.world) != old


def test_the_base_url_changes_in_place(applied: Stage) -> None:
    """The same server behind a path."""
    applied.edit(f"{CONNECTION}.base_url", f"{applied.url}/behind/api/v1/scim")
    id = store(applied.world)["id"]
    follow(applied)
    assert store(applied.world)["id"] == id
    assert store(applied.world)["configuration"]["SCIM_URL"].endswith("/behind/api/v1/scim")


@pytest.mark.parametrize(
    ("key", "value"),
    [("name", "Renamed"), ("description", "Another"), ("membership_filter", 'title sw "Software"')],
)
def test_a_group_changes_in_place(applied: Stage, key: str, value: str) -> None:
    applied.edit(f"{GROUP}.{key}", value)
    assert follow(applied) == {f"~groups {'Renamed' if key == 'name' else 'Engineering'}"}


def test_infisical_follows_a_group(applied: Stage) -> None:
    """PingOne publishes with a revision only; without one, Infisical would keep the old name and members."""
    applied.edit(f"{GROUP}.name", "Builders")
    applied.edit(f"{GROUP}.membership_filter", 'title co "Software"')
    applied.apply()
    assert in_groups(applied.world) == {"Builders": 3, "All Staff": 31}


@pytest.mark.parametrize(
    ("key", "value", "people"),
    [
        ("name", "Renamed", 36),
        ("user_filter", "all", 36),
        ("user_filter", 'enabled eq true and title co "Engineer"', 10),
        ("mappings", {"userName": "username", "workEmail": "email"}, 36),
        ("mappings", {"userName": "username", "workEmail": "email", "givenName": "name.family"}, 36),
        ("groups", ["all_staff"], 36),
        ("groups", None, 36),
        ("enabled", False, 36),
    ],
    ids=str,
)
def test_a_rule_changes_in_place(applied: Stage, key: str, value: Any, people: int) -> None:
    id = rule(applied.world)["id"]
    applied.edit("guardrails", {"max_removed_users": PEOPLE, "max_removed_percent": 100})
    applied.edit(f"{RULE}.{key}", value)
    seen = follow(applied, people=people)
    assert rule(applied.world)["id"] == id
    assert all("rules" in one or "mappings" in one for one in seen)
    assert seen


def test_a_mapping_may_be_an_expression(applied: Stage) -> None:
    mappings = {"userName": "username", "workEmail": "email", "givenName": {"expression": "user.name.given"}}
    applied.edit(f"{RULE}.mappings", mappings)
    assert follow(applied) == {"~mappings givenName", "-mappings familyName"}
    row = next(row for row in applied.world.mappings.values() if row["targetAttribute"] == "givenName")
    assert row["expression"] == "user.name.given"
    assert "sourceAttribute" not in row


def test_an_active_rule_is_never_without_mappings(applied: Stage) -> None:
    least: list[int] = []
    applied.wire.after_write = lambda world: least.append(len(world.mappings))
    applied.edit(f"{RULE}.mappings", {"userName": "email", "workEmail": "username", "nickName": "title"})
    applied.apply()
    assert min(least) >= 3
    assert applied.wire.lines[-1] == REVISION


@pytest.mark.parametrize(("key", "value"), [("ttl_days", 90), ("description", "PingOne, new")])
def test_a_token_is_replaced_and_the_old_one_revoked_last(applied: Stage, key: str, value: Any) -> None:
    old = our_tokens(applied.world)
    applied.edit(f"{TOKEN}.{key}", value)
    planned = applied.run("plan")
    assert "# forces replacement" in planned.out
    applied.apply()
    assert applied.wire.lines == [
        "POST /api/v1/scim/scim-tokens",
        "POST /propagation/stores/connection/status",
        "PUT /propagation/stores/*",
        REVISION,
        "POST /propagation/stores/connection/status",
        "DELETE /api/v1/scim/scim-tokens/*",
    ]
    assert applied.wire.writes[-1].path.endswith(old[0])
    assert_settled(applied)
    assert len(with_access(applied.world)) == PEOPLE


def test_the_day_of_rotation_is_our_own_affair(applied: Stage) -> None:
    applied.edit(f"{TOKEN}.rotate_before_days", 20)
    applied.apply()
    assert applied.wire.writes == []
    assert_settled(applied)


def test_the_switch_is_turned_off_and_on(applied: Stage) -> None:
    applied.edit("infisical.scim.enabled", False)
    assert follow(applied) == set()
    assert applied.world.organization["scimEnabled"] is False
    applied.edit("infisical.scim.enabled", True)
    applied.apply()
    assert applied.wire.lines == ["PATCH /api/v1/organization/*"]


def test_a_field_the_file_no_longer_names_is_left_alone(applied: Stage) -> None:
    applied.edit(f"{GROUP}.description", None)
    assert follow(applied) == set()
    applied.world.groups[next(reversed(applied.world.groups))]["description"] = "Somebody's own words"
    applied.run("plan", "--detailed-exitcode")


def test_one_revision_however_much_changes(applied: Stage) -> None:
    applied.edit(f"{GROUP}.name", "Builders")
    applied.edit(f"{CONNECTION}.name", "Infisical (new)")
    applied.edit(f"{RULE}.user_filter", "all")
    applied.edit(f"{RULE}.name", "Everybody")
    applied.apply()
    assert applied.wire.lines.count(REVISION) == 1
    assert_settled(applied)
