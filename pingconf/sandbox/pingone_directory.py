"""PingOne's directory: populations, users, groups and who is in them.

Facts: developer.pingidentity.com … platform/users, platform/groups, platform/populations, and paging.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pingconf.sandbox.http import Json, Request, Response, Routes, json_response
from pingconf.sandbox.pingone_wire import (
    check_unique,
    flag_of,
    given,
    id_of,
    invalid,
    not_found,
    read_body,
    show,
    show_page,
    text_of,
)
from pingconf.sandbox.world import Table, World
from pingconf.scim import Filter, FilterSyntaxError, attributes, match, parse

ROUTES = Routes()

USER_ATTRIBUTES: Final = frozenset(
    {
        "id",
        "username",
        "email",
        "enabled",
        "population.id",
        "externalid",
        "name.given",
        "name.family",
        "name.formatted",
        "title",
        "nickname",
        "type",
        "locale",
        "createdat",
        "updatedat",
        "memberofgroups.id",
        "memberofgroups.type",
    }
)
"""What a filter over users may name, in lower case."""

GROUP_ATTRIBUTES: Final = frozenset({"id", "name", "displayname", "externalid", "population.id", "sourceid"})
POPULATION_ATTRIBUTES: Final = frozenset(("id", "name"))
_USER_TEXTS: Final = (
    "username",
    "email",
    "title",
    "externalId",
    "nickname",
    "type",
    "primaryPhone",
    "locale",
)


def read_filter(text: str, allowed: Iterable[str], target: str = "filter") -> Filter:
    """A filter over known attributes, or 400 with the place of the fault."""
    try:
        parsed = parse(text)
    except FilterSyntaxError as fault:
        raise invalid(target, f"The filter is invalid: {fault}") from fault
    for attribute in attributes(parsed):
        if attribute.lower() not in allowed:
            raise invalid(target, f"The attribute '{attribute}' cannot be used in a filter")
    return parsed


def users_with_groups(world: World) -> list[Json]:
    """All users, each with `memberOfGroups`; membership of dynamic groups is worked out now."""
    memberships: dict[str, list[Json]] = {}
    for group in world.groups.values():
        kind = "DYNAMIC" if group.get("userFilter") else "DIRECT"
        for user_id in members_of(world, group):
            memberships.setdefault(user_id, []).append({"id": group["id"], "type": kind})
    return [{**user, "memberOfGroups": memberships.get(user["id"], [])} for user in world.users.values()]


def members_of(world: World, group: Json) -> list[str]:
    """The ids of a group's users; a group bound to a population holds only people of it."""
    chosen: Iterable[str] = world.group_members.get(group["id"], [])
    if group.get("userFilter"):
        condition = parse(group["userFilter"])
        chosen = (user["id"] for user in world.users.values() if match(condition, user))
    home = group.get("population")
    users = (world.users[id] for id in chosen if id in world.users)
    return [user["id"] for user in users if home is None or user["population"] == home]


def _page(
    world: World, request: Request, name: str, rows: Iterable[Json], allowed: Iterable[str]
) -> tuple[list[Json], str]:
    text = request.parameters.get("filter", "")
    condition = read_filter(text, allowed) if text else None
    return [row for row in rows if condition is None or match(condition, row)], name


@ROUTES.on("GET", "/populations")
def list_populations(world: World, request: Request) -> Response:
    rows, name = _page(world, request, "populations", world.populations.values(), POPULATION_ATTRIBUTES)
    return show_page(world, request, name, [_show_population(world, request, row) for row in rows])


@ROUTES.on("GET", "/populations/{id}")
def read_population(world: World, request: Request, id: str) -> Response:
    return json_response(200, _show_population(world, request, _row(world.populations, "population", id)))


def _show_population(world: World, request: Request, row: Json) -> Json:
    count = sum(user["population"]["id"] == row["id"] for user in world.users.values())
    return show(world, request, "populations", {**row, "userCount": count})


@ROUTES.on("GET", "/users")
def list_users(world: World, request: Request) -> Response:
    rows, name = _page(world, request, "users", users_with_groups(world), USER_ATTRIBUTES)
    return show_page(world, request, name, [_show_user(world, request, row) for row in rows])


@ROUTES.on("GET", "/users/{id}")
def read_user(world: World, request: Request, id: str) -> Response:
    return json_response(200, _show_user(world, request, _row(world.users, "user", id)))


@ROUTES.on("POST", "/users")
def create_user(world: World, request: Request) -> Response:
    body = read_body(request)
    text_of(body, "username", required=True)
    default = next(id for id, row in world.populations.items() if row["default"])
    row: Json = {"id": world.new_id(), "enabled": True, "population": {"id": default}}
    times = {"createdAt": world.stamp(), "updatedAt": world.stamp()}
    world.users[row["id"]] = {**row, **_user_fields(world, body, row["id"]), **times}
    return json_response(201, _show_user(world, request, world.users[row["id"]]))


@ROUTES.on("PATCH", "/users/{id}")
def patch_user(world: World, request: Request, id: str) -> Response:
    row = _row(world.users, "user", id)
    row |= {**_user_fields(world, read_body(request), id), "updatedAt": world.stamp()}
    return json_response(200, _show_user(world, request, row))


@ROUTES.on("DELETE", "/users/{id}")
def delete_user(world: World, request: Request, id: str) -> Response:
    del world.users[_row(world.users, "user", id)["id"]]
    for members in world.group_members.values():
        if id in members:
            members.remove(id)
    return Response(204)


def _user_fields(world: World, body: Json, id: str) -> Json:
    fields = given(**{name: text_of(body, name) for name in _USER_TEXTS}, enabled=flag_of(body, "enabled"))
    population = id_of(body, "population", world.populations)
    if population is not None:
        fields["population"] = {"id": population}
    if isinstance(body.get("name"), dict):
        fields["name"] = {part: text_of(body["name"], part) for part in body["name"]}
    taken = (user["username"].lower() for other, user in world.users.items() if other != id)
    if str(fields.get("username", "")).lower() in taken:
        raise invalid("username", "The username is already in use", "UNIQUENESS_VIOLATION")
    return fields


def _show_user(world: World, request: Request, row: Json) -> Json:
    return show(world, request, "users", {name: row[name] for name in row if name != "memberOfGroups"})


@ROUTES.on("GET", "/groups")
def list_groups(world: World, request: Request) -> Response:
    rows = ({**row, "displayName": row["name"]} for row in world.groups.values())
    found, name = _page(world, request, "groups", rows, GROUP_ATTRIBUTES)
    return show_page(world, request, name, [_show_group(world, request, row) for row in found])


@ROUTES.on("GET", "/groups/{id}")
def read_group(world: World, request: Request, id: str) -> Response:
    return json_response(200, _show_group(world, request, _row(world.groups, "group", id)))


@ROUTES.on("POST", "/groups")
def create_group(world: World, request: Request) -> Response:
    fields = _group_fields(world, read_body(request))
    row = {"id": world.new_id(), **fields, "createdAt": world.stamp(), "updatedAt": world.stamp()}
    world.groups[row["id"]] = row
    return json_response(201, _show_group(world, request, row))


@ROUTES.on("PUT", "/groups/{id}")
def replace_group(world: World, request: Request, id: str) -> Response:
    """PUT replaces: an optional attribute that is not sent is cleared; only the population stays."""
    row = _row(world.groups, "group", id)
    fields = _group_fields(world, read_body(request), row)
    times = {"createdAt": row["createdAt"], "updatedAt": world.stamp()}
    world.groups[id] = {"id": id, **fields, **times}
    return json_response(200, _show_group(world, request, world.groups[id]))


@ROUTES.on("DELETE", "/groups/{id}")
def delete_group(world: World, request: Request, id: str) -> Response:
    """What becomes of a rule that names the group is not documented; here the rule loses it."""
    del world.groups[_row(world.groups, "group", id)["id"]]
    world.group_members.pop(id, None)
    for rule in world.rules.values():
        rule["groups"] = [group for group in rule.get("groups", []) if group["id"] != id]
    return Response(204)


def _group_fields(world: World, body: Json, before: Json | None = None) -> Json:
    name = text_of(body, "name", required=True)
    population = id_of(body, "population", world.populations)
    if before is not None:
        home = before.get("population", {}).get("id")
        if population is not None and population != home:
            raise invalid("population.id", "The population of a group cannot be changed")
        population = home
    user_filter = text_of(body, "userFilter")
    if user_filter:
        read_filter(user_filter, USER_ATTRIBUTES - {"memberofgroups.id", "memberofgroups.type"}, "userFilter")
    custom = body.get("customData")
    if custom is not None and not isinstance(custom, dict):
        raise invalid("customData", "customData must be an object")
    # A name may recur in different populations, but not beside a group of the whole environment.
    rivals = (row for row in world.groups.values() if population is None or _home(row) in (None, population))
    check_unique(rivals, str(name), before["id"] if before else None)
    return given(
        name=name,
        description=text_of(body, "description"),
        externalId=text_of(body, "externalId"),
        customData=custom,
        userFilter=user_filter,
        population=None if population is None else {"id": population},
    )


def _home(group: Json) -> str | None:
    home: str | None = group.get("population", {}).get("id")
    return home


def _show_group(world: World, request: Request, row: Json) -> Json:
    count = {"users": len(members_of(world, row))}
    direct = {"users": 0} if row.get("userFilter") else count
    extra = {"displayName": row["name"], "directMemberCounts": direct, "totalMemberCounts": count}
    return show(world, request, "groups", {**row, **extra})


@ROUTES.on("GET", "/users/{id}/memberOfGroups")
def list_memberships(world: World, request: Request, id: str) -> Response:
    _row(world.users, "user", id)
    found = [row for row in world.groups.values() if id in members_of(world, row)]
    return show_page(world, request, "groupMemberships", [_membership(row) for row in found])


@ROUTES.on("POST", "/users/{id}/memberOfGroups")
def join_group(world: World, request: Request, id: str) -> Response:
    user = _row(world.users, "user", id)
    group = _row(world.groups, "group", str(text_of(read_body(request), "id", required=True)))
    if group.get("userFilter"):
        raise invalid("id", "Users cannot be added by hand to a group with a user filter")
    if _home(group) not in (None, user["population"]["id"]):
        raise invalid("id", "The group belongs to another population")
    members = world.group_members.setdefault(group["id"], [])
    if id in members:
        raise invalid("id", "The user is already a member of the group", "UNIQUENESS_VIOLATION")
    members.append(id)
    return json_response(201, _membership(group))


@ROUTES.on("DELETE", "/users/{id}/memberOfGroups/{group_id}")
def leave_group(world: World, request: Request, id: str, group_id: str) -> Response:
    _row(world.users, "user", id)
    if id not in world.group_members.get(group_id, []):
        raise not_found("group membership", group_id)
    world.group_members[group_id].remove(id)
    return Response(204)


def _membership(group: Json) -> Json:
    kind = "DYNAMIC" if group.get("userFilter") else "DIRECT"
    return {"id": group["id"], "name": group["name"], "type": kind}


def _row(table: Table, what: str, id: str) -> Json:
    if id not in table:
        raise not_found(what, id)
    return table[id]
