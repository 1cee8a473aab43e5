"""The roles of Infisical's organisation, and which of them a provisioned group brings to the invited.

Observed on a backend of June 2025. Custom roles were not: for these `role` is "custom" and `roleId`, a field
of the public API reference (group-org-role-mappings), says which.
"""

from __future__ import annotations

from typing import Any, Final

from pingconf.sandbox.http import Json, Request, Response, Routes
from pingconf.sandbox.infisical_organization import audit, check_organization
from pingconf.sandbox.infisical_wire import Refused, authenticate, broken, is_of_2026, ok, read_body
from pingconf.sandbox.world import World

ROUTES = Routes()
OLDER = Routes()
NEWER = Routes()

_BUILT_IN: Final = ("admin", "member", "no-access")
_SHAPE: Final = {"mappings": [{"groupName": "string", "roleSlug": "string"}]}


@ROUTES.on("GET", "/api/v1/organization/{id}/roles")
def list_roles(world: World, request: Request, id: str) -> Response:
    """Those built in have no id of their own; the rest of a role is as read in Infisical's source."""
    authenticate(world, request, "user").may("read", "role")
    check_organization(world, id)
    built_in: list[Json] = [{"id": slug, "slug": slug, "name": slug.capitalize()} for slug in _BUILT_IN]
    more = {"description": None, "orgId": id, "createdAt": world.stamp(), "updatedAt": world.stamp()}
    return ok({"data": {"roles": [{**more, **row} for row in (*built_in, *world.custom_roles.values())]}})


@NEWER.on("GET", "/api/v1/scim/group-org-role-mappings")
@OLDER.on("GET", "/api/v1/external-group-mappings")
def list_group_roles(world: World, request: Request) -> Response:
    """A bare list."""
    authenticate(world, request, "user").may("read", "scim")
    audit(world, "get-external-group-org-role-mapping", {})
    return ok(world.role_mappings)


@NEWER.on("PUT", "/api/v1/scim/group-org-role-mappings")
@OLDER.on("PUT", "/api/v1/external-group-mappings")
def replace_group_roles(world: World, request: Request) -> Response:
    """Replaces the whole list, or leaves all of it; names lose the blanks around them."""
    authenticate(world, request, "user").may("edit", "scim")
    mappings = read_body(request, dict(_SHAPE))["mappings"]
    custom = [one["roleSlug"] for one in mappings if one["roleSlug"] not in _BUILT_IN]
    if custom and not world.licence["rbac"]:
        text = "Failed to set group organization role mapping due to plan RBAC restriction. "
        raise Refused(400, f"{text}Upgrade plan to set custom role mapping.", "BadRequest")
    known = {row["slug"]: row["id"] for row in world.custom_roles.values()}
    for slug in custom:
        if slug not in known:
            raise Refused(404, f"Custom role {slug} not found.", "NotFound")
    if len({one["groupName"].strip() for one in mappings}) < len(mappings):
        # An error of the database in June 2025; the newer wording was not observed.
        text = "Each group name can be mapped once only"
        raise Refused(400, text, "BadRequest") if is_of_2026(world) else broken("Create")
    world.role_mappings = [_row(world, one, known) for one in mappings]
    audit(world, "update-external-group-org-role-mapping", {"mappings": mappings})
    return ok(world.role_mappings)


def _row(world: World, mapping: Any, custom: dict[str, str]) -> Json:
    slug = mapping["roleSlug"]
    return {
        "id": world.new_id(),
        "groupName": mapping["groupName"].strip(),
        "role": "custom" if slug in custom else slug,
        "roleId": custom.get(slug),
        "orgId": world.organization_id,
        "createdAt": world.stamp(),
        "updatedAt": world.stamp(),
    }
