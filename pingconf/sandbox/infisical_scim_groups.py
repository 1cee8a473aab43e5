"""Infisical's SCIM server, groups. As observed on a backend of June 2025, oddities and all; and of 2026."""

from __future__ import annotations

import re
from typing import Any, Final

from pingconf.sandbox.http import Json, Request, Response, Routes
from pingconf.sandbox.infisical_scim import (
    admit,
    is_id,
    list_response,
    page_of,
    read_operations,
    schemas_shape,
)
from pingconf.sandbox.infisical_scim_users import display_name
from pingconf.sandbox.infisical_wire import Refused, ScimRefused, broken, is_of_2026, ok, read_body
from pingconf.sandbox.world import World

ROUTES = Routes()

_GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
_COLUMNS: Final = {"displayName": "name", "name": "name", "slug": "slug", "role": "role", "orgId": "orgId"}
_ONE_MEMBER: Final = re.compile(r'members\[value eq "([^"]*)"\]')


def _admit(world: World, request: Request, action: str) -> None:
    admit(world, request)
    if not world.licence["groups"]:
        text = f"Failed to {action} due to plan restriction. Upgrade plan to {action}."
        raise Refused(400, text, "BadRequest")


@ROUTES.on("GET", "/api/v1/scim/Groups")
def list_groups(world: World, request: Request) -> Response:
    _admit(world, request, "list SCIM groups")
    start, count = page_of(request)
    if start < 1:
        raise broken("Find groups")
    rows = _select(world, request.parameters.get("filter", ""))
    # startIndex acts as a second limit and not as an offset, so that walking pages repeats rows.
    limit = min(number for number in (count or len(rows), start - 1 or len(rows), len(rows)))
    hidden = request.parameters.get("excludedAttributes") == "members"
    return list_response([_show(world, row, hidden=hidden) for row in rows[:limit]], start, count)


def _select(world: World, filter: str) -> list[Json]:
    """A naive split at the letters `eq`: an `Eq` is a 500, and a name that holds them is never found."""
    rows = list(world.teams.values())
    if not filter:
        return rows
    parts = filter.split("eq")
    if len(parts) < 2:
        raise broken()
    column, value = parts[0].strip(), parts[1].strip().replace('"', "")
    if column not in _COLUMNS:  # other names become columns as they stand
        raise broken("Find groups")
    return [row for row in rows if row[_COLUMNS[column]] == value]


@ROUTES.on("GET", "/api/v1/scim/Groups/{id}")
def read_group(world: World, request: Request, id: str) -> Response:
    _admit(world, request, "get SCIM group")
    return ok(_show(world, _team(world, id)))


@ROUTES.on("POST", "/api/v1/scim/Groups")
def create_group(world: World, request: Request) -> Response:
    """`members[].display` is made anew, though it was required in June 2025."""
    _admit(world, request, "create a SCIM group")
    shape = {**schemas_shape(world), "displayName": "string", "members?": _members_shape(world)}
    body = read_body(request, shape)
    name = body["displayName"]
    if any(row["name"] == name for row in world.teams.values()):
        raise ScimRefused(409, f"Group with name '{name}' already exists in the organization")
    ids = [member["value"] for member in body.get("members", ())]
    _check_ids(ids)
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    row: Json = {
        "id": world.new_id(),
        "name": name,
        "slug": f"{slug}-{world.letters(4)}",
        "role": "no-access",
        "orgId": world.organization_id,
        "members": {},
        "createdAt": world.stamp(),
        "updatedAt": world.stamp(),
    }
    world.teams[row["id"]] = row
    _join(world, row, ids)
    return ok(_show(world, row))


@ROUTES.on("PUT", "/api/v1/scim/Groups/{id}")
def replace_group(world: World, request: Request, id: str) -> Response:
    """Needs the id in the body; members are echoed as sent, also those who do not exist."""
    _admit(world, request, "update SCIM group")
    shape = {"id": "string", "displayName": "string", "members": _members_shape(world)}
    body = read_body(request, {**schemas_shape(world), **shape})
    row = _team(world, id)
    ids = [member["value"] for member in body["members"]]
    _check_ids(ids)
    _rename(world, row, body["displayName"])
    row["members"] = {one: joined for one, joined in row["members"].items() if one in ids}
    _join(world, row, ids)
    return ok({**_show(world, row), "members": body["members"]})


@ROUTES.on("PATCH", "/api/v1/scim/Groups/{id}")
def patch_group(world: World, request: Request, id: str) -> Response:
    _admit(world, request, "update SCIM group")
    operations = read_operations(world, request)
    row = _team(world, id)
    for operation in operations:
        _apply(world, row, operation)
    return ok(_show(world, row))


def _apply(world: World, row: Json, operation: Json) -> None:
    verb, path, value = operation["op"].lower(), operation.get("path", ""), operation.get("value")
    if isinstance(value, dict) and not path:
        for name, inner in value.items():
            _apply(world, row, {"op": verb, "path": name, "value": inner})
    elif path == "displayName" and isinstance(value, str):
        _rename(world, row, value)
    elif one := _ONE_MEMBER.fullmatch(path):
        row["members"].pop(one[1], None)
    elif path == "members":
        _change_members(world, row, verb, value)


def _change_members(world: World, row: Json, verb: str, value: Any) -> None:
    ids = [str(member.get("value")) for member in value if isinstance(member, dict)] if value else []
    _check_ids(ids)
    if verb == "remove":
        gone = ids or list(row["members"])
        row["members"] = {one: joined for one, joined in row["members"].items() if one not in gone}
        return
    if verb == "replace":
        row["members"] = {one: joined for one, joined in row["members"].items() if one in ids}
    _join(world, row, ids)


@ROUTES.on("DELETE", "/api/v1/scim/Groups/{id}")
def delete_group(world: World, request: Request, id: str) -> Response:
    """Roles that the group brought stay with its members. One that is gone is a 404, in 2026 a success."""
    _admit(world, request, "delete SCIM group")
    if id in world.teams or not is_of_2026(world):
        del world.teams[_team(world, id)["id"]]
    return ok({})


def _members_shape(world: World) -> list[Json]:
    return [{"value": "string", "display?" if is_of_2026(world) else "display": "string"}]


def _check_ids(ids: list[str]) -> None:
    if not all(is_id(id) for id in ids):
        raise broken("Find one")


def _join(world: World, row: Json, ids: list[str]) -> None:
    """Put members in; unknown ones are dropped silently, invited ones get the role mapped to the group."""
    roles = {mapping["groupName"]: mapping["role"] for mapping in world.role_mappings}
    for id in ids:
        if id not in world.members:
            continue
        row["members"].setdefault(id, world.stamp())
        if world.members[id]["status"] == "invited" and row["name"] in roles:
            world.members[id]["role"] = roles[row["name"]]


def _rename(world: World, row: Json, name: str) -> None:
    """The slug keeps the first name; a taken name is an error of the database, and no 409."""
    if any(other["name"] == name for other in world.teams.values() if other is not row):
        raise broken("Update")
    for mapping in world.role_mappings:
        if mapping["groupName"] == row["name"]:
            mapping["groupName"] = name
    row |= {"name": name, "updatedAt": world.stamp()}


def _show(world: World, row: Json, *, hidden: bool = False) -> Json:
    members = [
        {"value": id, "display": display_name(world, world.members[id])}
        for id in row["members"]
        if not hidden
    ]
    meta = {"resourceType": "Group"}
    return {
        "schemas": [_GROUP],
        "id": row["id"],
        "displayName": row["name"],
        "members": members,
        "meta": meta,
    }


def _team(world: World, id: str) -> Json:
    if id not in world.teams:
        raise ScimRefused(404, "Group Not Found")
    return world.teams[id]
