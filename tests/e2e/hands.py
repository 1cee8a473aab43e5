"""What somebody may do by hand in either service, one field at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from pingconf.sandbox import World
from tests.e2e.makers import Json

Act: TypeAlias = Callable[[World], None]

CONNECTION: Final = "pingone.connections.infisical"
GROUP: Final = "pingone.groups.engineering"
RULE: Final = "pingone.rules.employees"


@dataclass(frozen=True, slots=True)
class Change:
    """What is done by hand, and the address and path that pingconf must name."""

    address: str
    path: str
    act: Act

    def __str__(self) -> str:
        return f"{self.address} {self.path}"


def store(world: World) -> Json:
    """Our connection."""
    return next(row for row in world.stores.values() if row["type"] == "scim")


def group(world: World) -> Json:
    """The group that pingconf made."""
    return list(world.groups.values())[-1]


def rule(world: World) -> Json:
    return next(iter(world.rules.values()))


def plan(world: World) -> Json:
    return next(iter(world.plans.values()))


def mapping(world: World, target: str) -> Json:
    return next(row for row in world.mappings.values() if row["targetAttribute"] == target)


def _set(row: Callable[[World], Json], key: str, value: Any) -> Act:
    def act(world: World) -> None:
        assert row(world).get(key) != value, "this is no change"
        row(world)[key] = value

    return act


def _remove(row: Callable[[World], Json], key: str) -> Act:
    def act(world: World) -> None:
        del row(world)[key]

    return act


def _configure(key: str, value: Any) -> Act:
    return _set(lambda world: store(world)["configuration"], key, value)


def _map(target: str, **fields: Any) -> Act:
    def act(world: World) -> None:
        row = mapping(world, target)
        row.pop("sourceAttribute")
        row |= fields

    return act


def _unmap(target: str) -> Act:
    def act(world: World) -> None:
        del world.mappings[mapping(world, target)["id"]]

    return act


def _map_more(world: World) -> None:
    row: Json = {"id": world.new_id(), "rule": {"id": rule(world)["id"]}, "targetAttribute": "displayName"}
    world.mappings[row["id"]] = {**row, "sourceAttribute": "title"}


def _let_go_of_groups(world: World) -> None:
    rule(world)["groups"] = rule(world)["groups"][:1]


def _take_another_group(world: World) -> None:
    sales = next(row for row in world.groups.values() if row["name"] == "Sales")
    rule(world)["groups"].append({"id": sales["id"]})


CONFIGURATION: Final = (
    ("base_url", "SCIM_URL", "https://elsewhere.example/api/v1/scim"),
    ("scim_version", "SCIM_VERSION", "1.1"),
    ("users_resource", "USERS_RESOURCE", "/People"),
    ("groups_resource", "GROUPS_RESOURCE", "/Teams"),
    ("auth.method", "AUTHENTICATION_METHOD", "None"),
    ("auth.header", "AUTHORIZATION_TYPE", "Basic"),
    ("user_filter_expression", "USER_FILTER", 'userName Eq "%s"'),
    ("create_users", "CREATE_USERS", False),
    ("update_users", "UPDATE_USERS", False),
    ("disable_users", "DISABLE_USERS", False),
    ("remove_action", "REMOVE_ACTION", "Delete"),
)

FIELDS: Final = (
    Change("infisical.scim", "enabled", lambda world: world.organization.update(scimEnabled=False)),
    *(Change(CONNECTION, path, _configure(key, value)) for path, key, value in CONFIGURATION),
    Change(CONNECTION, "name", _set(store, "name", "By hand")),
    Change(CONNECTION, "description", _set(store, "description", "By hand")),
    Change(CONNECTION, "deprovision_on_rule_deletion", _set(store, "managed", False)),
    Change(CONNECTION, "enabled", _set(store, "status", "INACTIVE")),
    Change(CONNECTION, "description", _remove(store, "description")),
    Change(GROUP, "name", _set(group, "name", "By hand")),
    Change(GROUP, "description", _set(group, "description", "By hand")),
    Change(GROUP, "description", _remove(group, "description")),
    Change(GROUP, "membership_filter", _set(group, "userFilter", 'title co "Account"')),
    Change(GROUP, "membership_filter", _remove(group, "userFilter")),
    Change("pingone.plan", "enabled", _set(plan, "status", "INACTIVE")),
    Change(RULE, "name", _set(rule, "name", "By hand")),
    Change(RULE, "user_filter", _set(rule, "populationExpression", 'title co "Engineer"')),
    Change(RULE, "groups", _let_go_of_groups),
    Change(RULE, "groups", _take_another_group),
    Change(RULE, "enabled", _set(rule, "active", False)),
    Change(RULE, "mappings.givenName", _map("givenName", sourceAttribute="name.family")),
    Change(RULE, "mappings.userName", _map("userName", expression="user.email")),
    Change(RULE, "mappings.familyName", _unmap("familyName")),
    Change(RULE, "mappings.workEmail", _unmap("workEmail")),
    Change(RULE, "mappings.displayName", _map_more),
)
"""Every field of every managed resource that either service lets somebody change."""


def delete_rule(world: World) -> None:
    world.mappings.clear()
    world.rules.clear()


def delete_connection(world: World) -> None:
    """PingOne refuses this as long as a rule refers to it."""
    delete_rule(world)
    del world.stores[store(world)["id"]]


def delete_group(world: World) -> None:
    """PingOne takes it out of the rules that named it."""
    gone = group(world)["id"]
    del world.groups[gone]
    rule(world)["groups"] = [one for one in rule(world)["groups"] if one["id"] != gone]


def delete_plan(world: World) -> None:
    delete_rule(world)
    world.plans.clear()


def delete_everything(world: World) -> None:
    delete_group(world)
    delete_plan(world)
    world.stores.clear()


OBJECTS: Final = (
    Change("infisical.scim_tokens.pingone", "id", lambda world: world.scim_tokens.clear()),
    Change(RULE, "id", delete_rule),
    Change(CONNECTION, "id", delete_connection),
    Change(GROUP, "id", delete_group),
    Change("pingone.plan", "id", delete_plan),
    Change("pingone.directory", "id", delete_everything),
)
"""Every managed object, deleted by hand."""
