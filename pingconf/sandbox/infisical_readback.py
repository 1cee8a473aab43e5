"""Reading back from Infisical whom SCIM has brought: members, and groups with their people."""

from __future__ import annotations

from pingconf.sandbox.http import Json, Request, Response, Routes
from pingconf.sandbox.infisical_organization import check_organization
from pingconf.sandbox.infisical_wire import Refused, authenticate, broken, ok
from pingconf.sandbox.world import World

ROUTES = Routes()


@ROUTES.on("GET", "/api/v1/organization/{id}/users")
def list_members(world: World, request: Request, id: str) -> Response:
    authenticate(world, request, "user")
    check_organization(world, id)
    return ok({"users": [_show_member(world, row, superAdmin=False) for row in world.members.values()]})


@ROUTES.on("GET", "/api/v2/organizations/{id}/memberships")
def list_memberships(world: World, request: Request, id: str) -> Response:
    """A machine identity gets 200 without a body, and a person a 500: nobody gets a list."""
    if authenticate(world, request, "user", "identity").kind == "user":
        raise broken()
    return Response(200, {"Content-Length": "0"})


@ROUTES.on("PATCH", "/api/v2/organizations/{id}/memberships/{member_id}")
def patch_membership(world: World, request: Request, id: str, member_id: str) -> Response:
    """Nothing happens, and 200 says so to nobody: what a machine identity gets."""
    authenticate(world, request, "identity")
    return Response(200, {"Content-Length": "0"})


@ROUTES.on("GET", "/api/v2/organizations/{id}/memberships/{member_id}")
def read_membership(world: World, request: Request, id: str, member_id: str) -> Response:
    authenticate(world, request, "user", "identity")
    check_organization(world, id)
    if member_id not in world.members:
        raise Refused(404, f"Organization membership with ID '{member_id}' not found", "NotFound")
    shown = _show_member(world, world.members[member_id], isEmailVerified=False)
    return ok({"membership": {**shown, "metadata": []}})


def _show_member(world: World, row: Json, **of_user: bool) -> Json:
    """A member; what is shown of the user besides depends on the route, as observed."""
    account = world.accounts[row["account"]]
    names = ("username", "email", "firstName", "lastName", "id")
    fields = {name: row[name] for name in ("id", "role", "status", "inviteEmail", "isActive")}
    user = {**{name: account[name] for name in names}, **of_user, "publicKey": None}
    return {**fields, "orgId": world.organization_id, "roleId": None, "user": user}


@ROUTES.on("GET", "/api/v1/organization/{id}/groups")
def list_groups_of_organization(world: World, request: Request, id: str) -> Response:
    authenticate(world, request, "user").may("read", "groups")
    check_organization(world, id)
    return ok({"groups": [_show_group(world, row) for row in world.teams.values()]})


@ROUTES.on("GET", "/api/v1/groups")
def list_groups(world: World, request: Request) -> Response:
    """A bare array."""
    authenticate(world, request, "user", "identity").may("read", "groups")
    return ok([_show_group(world, row) for row in world.teams.values()])


@ROUTES.on("GET", "/api/v1/groups/{id}")
def read_group(world: World, request: Request, id: str) -> Response:
    authenticate(world, request, "user", "identity").may("read", "groups")
    return ok({**_show_group(world, _group(world, id)), "customRoleSlug": None})


@ROUTES.on("GET", "/api/v1/groups/{id}/users")
def list_group_users(world: World, request: Request, id: str) -> Response:
    """Without `filter=existingMembers` those who are not in the group are listed too."""
    authenticate(world, request, "user", "identity").may("read", "groups")
    joined = _group(world, id)["members"]
    given = request.parameters
    rows = [
        _show_group_user(world, row, joined.get(row["id"]))
        for row in world.members.values()
        if given.get("filter") != "existingMembers" or row["id"] in joined
    ]
    word = given.get("search", "").lower()
    rows = [row for row in rows if word in f"{row['email']} {row['username']} {row['firstName']}".lower()]
    start, limit = int(given.get("offset", 0)), int(given.get("limit", 10))
    return ok({"users": rows[start : start + limit], "totalCount": len(rows)})


def _show_group_user(world: World, row: Json, joined: str | None) -> Json:
    account = world.accounts[row["account"]]
    names = ("email", "username", "firstName", "lastName", "id")
    shown = {name: account[name] for name in names}
    return {**shown, "isPartOfGroup": joined is not None, "joinedGroupAt": joined}


def _show_group(world: World, row: Json) -> Json:
    fields = {name: row[name] for name in ("id", "name", "slug", "role", "createdAt", "updatedAt")}
    return {**fields, "orgId": world.organization_id, "roleId": None}


def _group(world: World, id: str) -> Json:
    if id not in world.teams:
        raise Refused(404, f"Cannot find group with ID {id}", "NotFound")
    return world.teams[id]
