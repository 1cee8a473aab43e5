"""PingOne's users and their direct memberships in groups.

Facts: developer.pingidentity.com … platform/users (users-1/update-user-patch, enable-users, user-populations,
group-membership).
"""

from __future__ import annotations

from typing import Final

from pingconf.sandbox.http import Json, Request, Response, Routes, json_response
from pingconf.sandbox.pingone_directory import (
    USER_ATTRIBUTES,
    home_of,
    memberships_in,
    row_of,
    select_rows,
    users_with_groups,
)
from pingconf.sandbox.pingone_wire import (
    environment_url,
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
from pingconf.sandbox.world import World
from pingconf.scim import And, Comparison, Filter, Or, parse
from pingconf.scim import match as matches

ROUTES = Routes()

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


@ROUTES.on("GET", "/users")
def list_users(world: World, request: Request) -> Response:
    rows = select_rows(request, users_with_groups(world), USER_ATTRIBUTES)
    if not world.switches.eq_folds_case:
        rows = [row for row in rows if _to_the_letter(request.parameters.get("filter", ""), row)]
    return show_page(world, request, "users", [_show_user(world, request, row) for row in rows])


def _to_the_letter(text: str, row: Json) -> bool:
    """Whether a row meets a filter also where capitals count in `eq` on user names and e-mails."""

    def strictly(term: Filter) -> Filter:
        match term:
            case And(terms) | Or(terms):
                return type(term)(tuple(map(strictly, terms)))
            case Comparison("username" | "email" as attribute, "eq", str(value)):
                return Comparison("id", "eq", row["id"] if row.get(attribute) == value else "")
            case _:
                return term

    return not text or matches(strictly(parse(text)), row)


@ROUTES.on("GET", "/users/{id}")
def read_user(world: World, request: Request, id: str) -> Response:
    return json_response(200, _show_user(world, request, row_of(world.users, "user", id)))


@ROUTES.on("POST", "/users")
def create_user(world: World, request: Request) -> Response:
    body = read_body(request)
    text_of(body, "username", required=True)
    default = next(id for id, row in world.populations.items() if row["default"])
    row: Json = {"id": world.new_id(), "enabled": True, "population": {"id": default}, "name": {}}
    times = {"createdAt": world.stamp(), "updatedAt": world.stamp()}
    row |= {**_user_fields(world, body, row), **times}
    if not world.switches.created_disabled:
        row["enabled"] = True
    world.users[row["id"]] = row
    return json_response(201, _show_user(world, request, row))


@ROUTES.on("PATCH", "/users/{id}")
def patch_user(world: World, request: Request, id: str) -> Response:
    """What is not in the body stays as it is (update-user-patch.html)."""
    row = row_of(world.users, "user", id)
    fields = _user_fields(world, read_body(request), row)
    if "population" in fields:
        _move(world, row, fields["population"]["id"])
    row |= {**fields, "updatedAt": world.stamp()}
    return json_response(200, _show_user(world, request, row))


@ROUTES.on("PUT", "/users/{id}/enabled")
def enable_user(world: World, request: Request, id: str) -> Response:
    """Answered with the switch alone (update-user-enabled.html)."""
    row = row_of(world.users, "user", id)
    enabled = flag_of(read_body(request), "enabled")
    if enabled is None:
        raise invalid("enabled", "enabled is required", "REQUIRED_VALUE")
    row |= {"enabled": enabled, "updatedAt": world.stamp()}
    return json_response(200, {"enabled": enabled})


@ROUTES.on("PUT", "/users/{id}/population")
def move_user(world: World, request: Request, id: str) -> Response:
    """Answered with the population (update-user-population.html)."""
    row = row_of(world.users, "user", id)
    population = id_of({"population": read_body(request)}, "population", world.populations)
    _move(world, row, str(population))
    row |= {"population": {"id": population}, "updatedAt": world.stamp()}
    return json_response(200, {"id": population})


@ROUTES.on("DELETE", "/users/{id}")
def delete_user(world: World, request: Request, id: str) -> Response:
    del world.users[row_of(world.users, "user", id)["id"]]
    for members in world.group_members.values():
        if id in members:
            members.remove(id)
    return Response(204)


def _move(world: World, user: Json, population: str) -> None:
    """Who changes population leaves the groups of the one before (platform/groups)."""
    for group in world.groups.values():
        members = world.group_members.get(group["id"], [])
        if home_of(group) not in (None, population) and user["id"] in members:
            members.remove(user["id"])


def _user_fields(world: World, body: Json, row: Json) -> Json:
    fields = given(**{name: text_of(body, name) for name in _USER_TEXTS}, enabled=flag_of(body, "enabled"))
    if not world.switches.keeps_capitals:
        fields |= {name: fields[name].lower() for name in ("username", "email") if name in fields}
    population = id_of(body, "population", world.populations)
    if population is not None:
        fields["population"] = {"id": population}
    if isinstance(body.get("name"), dict):
        kept = row["name"] if world.switches.patch_keeps_name_parts else {}
        fields["name"] = {**kept, **given(**{part: text_of(body["name"], part) for part in body["name"]})}
    taken = (user["username"].lower() for other, user in world.users.items() if other != row["id"])
    if str(fields.get("username", "")).lower() in taken:
        raise invalid("username", "The username is already in use", "UNIQUENESS_VIOLATION")
    return fields


def _show_user(world: World, request: Request, row: Json) -> Json:
    return show(world, request, "users", {name: row[name] for name in row if name != "memberOfGroups"})


@ROUTES.on("GET", "/users/{id}/memberOfGroups")
def list_memberships(world: World, request: Request, id: str) -> Response:
    row_of(world.users, "user", id)
    kinds = ((row, memberships_in(world, row).get(id)) for row in world.groups.values())
    found = [_show_membership(world, request, id, row, kind) for row, kind in kinds if kind]
    return show_page(world, request, "groupMemberships", found)


@ROUTES.on("GET", "/users/{id}/memberOfGroups/{group_id}")
def read_membership(world: World, request: Request, id: str, group_id: str) -> Response:
    row_of(world.users, "user", id)
    group = row_of(world.groups, "group", group_id)
    kind = memberships_in(world, group).get(id)
    if kind is None:
        raise not_found("group membership", group_id)
    return json_response(200, _show_membership(world, request, id, group, kind))


@ROUTES.on("POST", "/users/{id}/memberOfGroups")
def join_group(world: World, request: Request, id: str) -> Response:
    user = row_of(world.users, "user", id)
    group = row_of(world.groups, "group", str(text_of(read_body(request), "id", required=True)))
    if group.get("userFilter"):
        raise invalid("id", "Users cannot be added by hand to a group with a user filter")
    if group.get("sourceId"):
        raise invalid("id", "Users cannot be added to an external group")
    if home_of(group) not in (None, user["population"]["id"]):
        raise invalid("id", "The group belongs to another population")
    members = world.group_members.setdefault(group["id"], [])
    if id not in members:
        members.append(id)
    elif not world.switches.joins_twice:
        raise invalid("id", "The user is already a member of the group", "UNIQUENESS_VIOLATION")
    return json_response(201, _show_membership(world, request, id, group, "DIRECT"))


@ROUTES.on("DELETE", "/users/{id}/memberOfGroups/{group_id}")
def leave_group(world: World, request: Request, id: str, group_id: str) -> Response:
    """Only who was added directly can be removed (remove-user-from-group.html)."""
    row_of(world.users, "user", id)
    if id not in world.group_members.get(group_id, []):
        raise not_found("group membership", group_id)
    world.group_members[group_id].remove(id)
    return Response(204)


def _show_membership(world: World, request: Request, user_id: str, group: Json, kind: str) -> Json:
    """As in the answer of add-user-to-group.html, with the id of the group as its own."""
    row: Json = {"id": group["id"], "name": group["name"], "type": kind}
    shown = show(world, request, f"users/{user_id}/memberOfGroups", row)
    here = environment_url(world, request)
    shown["_links"] |= {
        "user": {"href": f"{here}/users/{user_id}"},
        "environment": {"href": here},
        "group": {"href": f"{here}/groups/{group['id']}"},
    }
    return shown
