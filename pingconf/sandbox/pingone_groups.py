"""PingOne's groups, and groups within groups.

Facts: developer.pingidentity.com … platform/groups (create-group, update-group, read-group-member-of).
"""

from __future__ import annotations

from pingconf.sandbox.http import Json, Request, Response, Routes, json_response
from pingconf.sandbox.pingone_directory import (
    GROUP_ATTRIBUTES,
    USER_ATTRIBUTES,
    home_of,
    members_of,
    own_members,
    read_filter,
    row_of,
    select_rows,
)
from pingconf.sandbox.pingone_wire import (
    Refused,
    check_unique,
    given,
    id_of,
    invalid,
    read_body,
    show,
    show_page,
    text_of,
)
from pingconf.sandbox.world import World

ROUTES = Routes()


@ROUTES.on("GET", "/groups")
def list_groups(world: World, request: Request) -> Response:
    rows = ({**row, "displayName": row["name"]} for row in world.groups.values())
    found = select_rows(request, rows, GROUP_ATTRIBUTES)
    return show_page(world, request, "groups", [_show_group(world, request, row) for row in found])


@ROUTES.on("GET", "/groups/{id}")
def read_group(world: World, request: Request, id: str) -> Response:
    return json_response(200, _show_group(world, request, row_of(world.groups, "group", id)))


@ROUTES.on("POST", "/groups")
def create_group(world: World, request: Request) -> Response:
    fields = _group_fields(world, read_body(request))
    row = {"id": world.new_id(), **fields, "createdAt": world.stamp(), "updatedAt": world.stamp()}
    world.groups[row["id"]] = row
    return json_response(201, _show_group(world, request, row))


@ROUTES.on("PUT", "/groups/{id}")
def replace_group(world: World, request: Request, id: str) -> Response:
    """PUT replaces: an optional attribute that is not sent is cleared; only the population stays."""
    row = row_of(world.groups, "group", id)
    if row.get("sourceId"):
        raise external_group()
    fields = _group_fields(world, read_body(request), row)
    times = {"createdAt": row["createdAt"], "updatedAt": world.stamp()}
    world.groups[id] = {"id": id, **fields, **times}
    return json_response(200, _show_group(world, request, world.groups[id]))


@ROUTES.on("DELETE", "/groups/{id}")
def delete_group(world: World, request: Request, id: str) -> Response:
    """What becomes of a rule that names the group is not documented; here the rule loses it."""
    del world.groups[row_of(world.groups, "group", id)["id"]]
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
    rivals = (
        row for row in world.groups.values() if population is None or home_of(row) in (None, population)
    )
    check_unique(rivals, str(name), before["id"] if before else None)
    return given(
        name=name,
        description=text_of(body, "description"),
        externalId=text_of(body, "externalId"),
        customData=custom,
        userFilter=user_filter,
        population=None if population is None else {"id": population},
    )


def _show_group(world: World, request: Request, row: Json) -> Json:
    count = {"users": len(members_of(world, row))}
    direct = {"users": 0 if row.get("userFilter") else len(own_members(world, row))}
    extra = {"displayName": row["name"], "directMemberCounts": direct, "totalMemberCounts": count}
    return show(world, request, "groups", {**row, **extra})


@ROUTES.on("POST", "/groups/{id}/memberOfGroups")
def nest_group(world: World, request: Request, id: str) -> Response:
    """The members of this group become indirect members of the other one."""
    row_of(world.groups, "group", id)
    outer = row_of(world.groups, "group", str(text_of(read_body(request), "id", required=True)))
    world.nested_groups.setdefault(outer["id"], []).append(id)
    return json_response(201, {"id": outer["id"], "name": outer["name"], "type": "DIRECT"})


def external_group() -> Refused:
    """How a change of a group from outside is refused; the code and the words are not documented."""
    return invalid("id", "External groups are managed at their source")
