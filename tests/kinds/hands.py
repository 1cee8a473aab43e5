"""What somebody does by hand to each kind, and what the file says next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pingconf.model.address import Address
from pingconf.model.plan import Action
from pingconf.model.resource import Desired
from pingconf.sandbox import World
from tests.engine import (
    CONNECTION,
    GROUP,
    GROUP_ROLES,
    PLAN,
    RULE,
    SCIM,
    TOKEN,
    connection,
    group,
    group_roles,
    rule,
    switch,
    token,
)

Break = Callable[[World, str], Any]


def change_store(**changes: Any) -> Break:
    def act(world: World, id: str) -> None:
        world.stores[id]["configuration"] |= changes

    return act


def change_row(table: str, **changes: Any) -> Break:
    return lambda world, id: getattr(world, table)[id].update(changes)


def change_mapping(world: World, id: str) -> None:
    row = next(one for one in world.mappings.values() if one["targetAttribute"] == "userName")
    row["sourceAttribute"] = "email"


def delete_mapping(world: World, id: str) -> None:
    row = next(one for one in world.mappings.values() if one["targetAttribute"] == "userName")
    del world.mappings[row["id"]]


def add_mapping(world: World, id: str) -> None:
    world.mappings["m"] = {
        "id": "m",
        "rule": {"id": id},
        "targetAttribute": "nick",
        "sourceAttribute": "nickname",
    }


def turn_switch(world: World, id: str) -> None:
    world.organization["scimEnabled"] = False


def give_role(name: str, role: str) -> Break:
    """As somebody who saves the whole list in the console."""

    def act(world: World, id: str) -> None:
        others = [one for one in world.role_mappings if one["groupName"] != name]
        world.role_mappings = [*others, {**world.role_mappings[0], "groupName": name, "role": role}]

    return act


def clear_roles(world: World, id: str) -> None:
    world.role_mappings = []


BREAKS: Final[list[tuple[Address, Break, str]]] = [
    (SCIM, turn_switch, "enabled"),
    (GROUP_ROLES, give_role("Engineering", "admin"), "roles.Engineering"),
    (GROUP_ROLES, give_role("Ops", "admin"), "roles.Ops"),
    (GROUP_ROLES, clear_roles, "roles.Engineering"),
    (TOKEN, lambda world, id: world.scim_tokens.pop(id), "id"),
    (CONNECTION, change_row("stores", name="Renamed"), "name"),
    (CONNECTION, change_row("stores", status="INACTIVE"), "enabled"),
    (CONNECTION, change_row("stores", managed=False), "deprovision_on_rule_deletion"),
    (CONNECTION, change_store(SCIM_URL="https://evil.example/api/v1/scim"), "base_url"),
    (CONNECTION, change_store(SCIM_VERSION="1.1"), "scim_version"),
    (CONNECTION, change_store(USERS_RESOURCE="/X"), "users_resource"),
    (CONNECTION, change_store(GROUPS_RESOURCE="/X"), "groups_resource"),
    (CONNECTION, change_store(AUTHENTICATION_METHOD="None"), "auth.method"),
    (CONNECTION, change_store(AUTHORIZATION_TYPE="Basic"), "auth.header"),
    (CONNECTION, change_store(USER_FILTER='userName Eq "%s"'), "user_filter_expression"),
    (CONNECTION, change_store(CREATE_USERS=False), "create_users"),
    (CONNECTION, change_store(UPDATE_USERS=False), "update_users"),
    (CONNECTION, change_store(DISABLE_USERS=False), "disable_users"),
    (CONNECTION, change_store(REMOVE_ACTION="Delete"), "remove_action"),
    (GROUP, change_row("groups", name="Renamed"), "name"),
    (GROUP, change_row("groups", description="Changed"), "description"),
    (GROUP, change_row("groups", userFilter="enabled eq true"), "membership_filter"),
    (PLAN, change_row("plans", status="INACTIVE"), "enabled"),
    (RULE, change_row("rules", name="Renamed"), "name"),
    (RULE, change_row("rules", active=False), "enabled"),
    (RULE, change_row("rules", populationExpression="population.id pr"), "user_filter"),
    (RULE, change_row("rules", groups=[]), "groups"),
    (RULE, change_mapping, "mappings.userName"),
    (RULE, delete_mapping, "mappings.userName"),
    (RULE, add_mapping, "mappings.nick"),
]
CHANGES: Final[list[tuple[Desired, Action]]] = [
    (switch(enabled=False), Action.UPDATE),
    (group_roles(Engineering="no-access", Sales="admin"), Action.UPDATE),
    (token(description="Other"), Action.REPLACE),
    (token(ttl_days=30, rotate_before_days=3), Action.REPLACE),
    (token(rotate_before_days=9), Action.UPDATE),
    (connection(name="Renamed", description="New"), Action.UPDATE),
    (connection(deprovision_on_rule_deletion=False, remove_action="delete"), Action.UPDATE),
    (group(name="Renamed", description="", membership_filter='title co "Lead"'), Action.UPDATE),
    (rule(name="Renamed", user_filter="all", enabled=False), Action.UPDATE),
    (rule(groups=("engineering",), mappings={"userName": {"expression": "user.email"}}), Action.UPDATE),
    (rule("employees", "second"), Action.REPLACE),
]
