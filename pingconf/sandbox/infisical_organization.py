"""Infisical's organisation: its SCIM switch, its licence, its SSO, and the roles it gives to groups."""

from __future__ import annotations

from typing import Any, Final

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
_OIDC_FIELDS: Final[tuple[str, ...]] = (
    "issuer",
    "authorizationEndpoint",
    "configurationType",
    "discoveryURL",
    "jwksUri",
    "tokenEndpoint",
    "userinfoEndpoint",
    "clientId",
    "clientSecret",
    "isActive",
    "allowedEmailDomains",
    "manageGroupMemberships",
    "jwtSignatureAlgorithm",
)
_ROLES: Final = ("admin", "member", "no-access")


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
    _audit(world, "update-org", changes)
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


def _audit(world: World, kind: str, metadata: Json) -> None:
    event = {"type": kind, "metadata": metadata}
    times = {"createdAt": world.stamp(), "updatedAt": world.stamp()}
    world.audit_log.append({"id": world.new_id(), "orgId": world.organization_id, "event": event, **times})


@ROUTES.on("GET", "/api/v1/sso/oidc/config")
def read_oidc(world: World, request: Request) -> Response:
    """With the client's secret in clear."""
    authenticate(world, request, "user").may("read", "sso")
    slug = _organization_key(world, request.parameters)
    if not world.oidc:
        text = f"OIDC configuration for organization with slug '{slug}' not found"
        raise Refused(404, text, "NotFound")
    return ok(world.oidc)


@ROUTES.on("POST", "/api/v1/sso/oidc/config")
def create_oidc(world: World, request: Request) -> Response:
    authenticate(world, request, "user").may("create", "sso")
    body = read_body(request, {"clientId": "string", "clientSecret": "string"})
    _organization_key(world, body)
    if not world.licence["oidcSSO"]:
        raise restriction("create OIDC SSO configuration", "update SSO configuration")
    if world.oidc:  # a second one is an error of the database
        raise broken("Create")
    defaults: Json = {"isActive": False, "allowedEmailDomains": "", "manageGroupMemberships": False}
    fields = {name: body[name] for name in _OIDC_FIELDS if name in body}
    world.oidc = {"id": world.new_id(), "orgId": world.organization_id, **defaults, **fields}
    return ok(_without_client(world.oidc))


@ROUTES.on("PATCH", "/api/v1/sso/oidc/config")
def patch_oidc(world: World, request: Request) -> Response:
    """Any change, however small, also switches SCIM and the enforcement of SSO off."""
    authenticate(world, request, "user").may("edit", "sso")
    body = read_body(request, {"isActive?": "boolean", "clientId?": "string", "clientSecret?": "string"})
    slug = _organization_key(world, body)
    if not world.oidc:
        text = f"OIDC configuration for organization with slug '{slug}' not found"
        raise Refused(404, text, "NotFound")
    world.oidc |= {name: body[name] for name in _OIDC_FIELDS if name in body}
    world.organization |= {"scimEnabled": False, "authEnforced": False}
    return ok(_without_client(world.oidc))


def _organization_key(world: World, given: dict[str, Any]) -> str:
    """`orgSlug` in June 2025, `organizationId` in newer servers; both are taken."""
    if given.get("organizationId") == world.organization_id:
        return str(world.organization["slug"])
    if given.get("orgSlug") != world.organization["slug"]:
        raise Refused(404, f"Organization with slug '{given.get('orgSlug')}' not found", "NotFound")
    return str(given["orgSlug"])


def _without_client(config: Json) -> Json:
    return {name: value for name, value in config.items() if name not in ("clientId", "clientSecret")}


@ROUTES.on("GET", "/api/v1/external-group-mappings")
def list_role_mappings(world: World, request: Request) -> Response:
    authenticate(world, request, "user").may("read", "scim")
    return ok(world.role_mappings)


@ROUTES.on("PUT", "/api/v1/external-group-mappings")
def replace_role_mappings(world: World, request: Request) -> Response:
    """Replaces the whole list (newer servers: /api/v1/scim/group-org-role-mappings)."""
    authenticate(world, request, "user").may("edit", "scim")
    shape = {"mappings": [{"groupName": "string", "roleSlug": "string"}]}
    mappings = read_body(request, shape)["mappings"]
    if any(mapping["roleSlug"] not in _ROLES for mapping in mappings):
        text = "Failed to set group organization role mapping due to plan RBAC restriction. "
        raise Refused(400, f"{text}Upgrade plan to set custom role mapping.", "BadRequest")
    if len({mapping["groupName"] for mapping in mappings}) < len(mappings):
        raise broken("Create")
    world.role_mappings = [
        {
            "id": world.new_id(),
            "groupName": mapping["groupName"],
            "role": mapping["roleSlug"],
            "roleId": None,
            "orgId": world.organization_id,
            "createdAt": world.stamp(),
            "updatedAt": world.stamp(),
        }
        for mapping in mappings
    ]
    return ok(world.role_mappings)
