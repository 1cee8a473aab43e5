"""Infisical's organisation: its SCIM switch, its licence, its audit log."""

from __future__ import annotations

from typing import Final

from pingconf.sandbox.http import Json, Request, Response, Routes
from pingconf.sandbox.infisical_wire import Refused, authenticate, broken, ok, read_body
from pingconf.sandbox.world import World

ROUTES = Routes()

_ORGANIZATION_FIELDS: Final = {
    "name?": "string",
    "slug?": "string",
    "authEnforced?": "boolean",
    "scimEnabled?": "boolean",
    "defaultMembershipRoleSlug?": "string",
    "enforceMfa?": "boolean",
    "bypassOrgAuthEnabled?": "boolean",
}


def restriction(failed: str, upgrade: str) -> Refused:
    """400 for what the licence does not include."""
    text = f"Failed to {failed} due to plan restriction. Upgrade plan to {upgrade}."
    return Refused(400, text, "BadRequest")


@ROUTES.on("GET", "/api/v1/organization")
def list_organizations(world: World, request: Request) -> Response:
    """Also for a user's token without an organisation; the one call that shows SSO and SCIM together."""
    caller = authenticate(world, request, "user", in_organization=False)
    member = next((row for row in world.members.values() if row["account"] == caller.account), None)
    if member is None:
        return ok({"organizations": []})
    method = "oidc" if world.oidc.get("isActive") else ""
    shown = {**world.organization, "orgAuthMethod": method, "userRole": member["role"]}
    return ok({"organizations": [shown]})


@ROUTES.on("GET", "/api/v1/organization/{id}")
def read_organization(world: World, request: Request, id: str) -> Response:
    authenticate(world, request, "user")
    check_organization(world, id)
    return ok({"organization": world.organization})


@ROUTES.on("PATCH", "/api/v1/organization/{id}")
def patch_organization(world: World, request: Request, id: str) -> Response:
    caller = authenticate(world, request, "user")
    body = read_body(request, dict(_ORGANIZATION_FIELDS))
    check_organization(world, id)
    caller.may("edit", "settings")
    changes = {name: value for name, value in body.items() if f"{name}?" in _ORGANIZATION_FIELDS}
    if "scimEnabled" in changes:
        if not world.licence["scim"]:
            raise restriction(*["enable/disable SCIM provisioning"] * 2)
        caller.may("edit", "scim")
        # An SSO configuration that is stored but inactive gives the same error.
        if changes["scimEnabled"] and not world.oidc.get("isActive"):
            text = "Cannot enable SCIM when neither SAML or OIDC is configured."
            raise Refused(400, text, "BadRequest")
    if not changes:  # an empty update reaches the database
        raise broken("Update organization")
    if "defaultMembershipRoleSlug" in changes:
        changes["defaultMembershipRole"] = changes.pop("defaultMembershipRoleSlug")
    world.organization |= {**changes, "updatedAt": world.stamp()}
    audit(world, "update-org", changes)
    return ok({"message": "Successfully updated organization", "organization": world.organization})


def check_organization(world: World, id: str) -> None:
    """403 for another organisation's id, or for anything that is no id."""
    if id != world.organization_id:
        raise Refused(403, "Invalid user token. Scoped to different organization.", "ForbiddenError")


@ROUTES.on("GET", "/api/v1/organizations/{id}/plan")
def read_licence(world: World, request: Request, id: str) -> Response:
    authenticate(world, request, "user", "identity")
    check_organization(world, id)
    limits = {"readLimit": 60, "writeLimit": 200, "secretsLimit": 40}
    return ok({"plan": {"_id": None, "slug": None, "tier": -1, **world.licence, "rateLimits": limits}})


@ROUTES.on("GET", "/api/v1/organization/audit-logs")
def read_audit_log(world: World, request: Request) -> Response:
    authenticate(world, request, "user", "identity").may("read", "audit-logs")
    wanted = request.parameters.get("eventType")
    rows = [row for row in world.audit_log if wanted in (None, row["event"]["type"])]
    return ok({"auditLogs": rows[::-1][: int(request.parameters.get("limit", 20))]})


def audit(world: World, kind: str, metadata: Json) -> None:
    """Write down an event; SCIM tokens leave none."""
    event = {"type": kind, "metadata": metadata}
    times = {"createdAt": world.stamp(), "updatedAt": world.stamp()}
    world.audit_log.append({"id": world.new_id(), "orgId": world.organization_id, "event": event, **times})
