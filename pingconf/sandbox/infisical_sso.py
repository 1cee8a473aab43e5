"""Infisical's single sign-on by OIDC: any change of it switches SCIM off."""

from __future__ import annotations

from typing import Any, Final

from pingconf.sandbox.http import Json, Request, Response, Routes
from pingconf.sandbox.infisical_organization import check_organization, restriction
from pingconf.sandbox.infisical_wire import (
    Caller,
    Kind,
    Refused,
    authenticate,
    broken,
    check_shape,
    is_of_2026,
    ok,
    read_body,
)
from pingconf.sandbox.world import World

ROUTES = Routes()

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


@ROUTES.on("GET", "/api/v1/sso/oidc/config")
def read_oidc(world: World, request: Request) -> Response:
    """With the client's secret in clear."""
    _authenticate(world, request).may("read", "sso")
    slug = _organization_key(world, request.parameters)
    if not world.oidc:
        text = f"OIDC configuration for organization with slug '{slug}' not found"
        raise Refused(404, text, "NotFound")
    return ok(world.oidc)


@ROUTES.on("POST", "/api/v1/sso/oidc/config")
def create_oidc(world: World, request: Request) -> Response:
    _authenticate(world, request).may("create", "sso")
    body = read_body(request, {"clientId": "string", "clientSecret": "string"})
    _organization_key(world, body)
    if not world.licence["oidcSSO"]:
        raise restriction("create OIDC SSO configuration", "update SSO configuration")
    if world.oidc:  # a second one is an error of the database
        raise broken("Create")
    defaults: Json = {
        "discoveryURL": "",
        "isActive": False,
        "allowedEmailDomains": "",
        "manageGroupMemberships": False,
        "jwtSignatureAlgorithm": "RS256",
    }
    fields = {name: body[name] for name in _OIDC_FIELDS if name in body}
    world.oidc = {"id": world.new_id(), "orgId": world.organization_id, **defaults, **fields}
    return ok(_without_client(world.oidc))


@ROUTES.on("PATCH", "/api/v1/sso/oidc/config")
def patch_oidc(world: World, request: Request) -> Response:
    """Any change, however small, also switches SCIM and the enforcement of SSO off."""
    _authenticate(world, request).may("edit", "sso")
    body = read_body(request, {"isActive?": "boolean", "clientId?": "string", "clientSecret?": "string"})
    slug = _organization_key(world, body)
    if not world.oidc:
        text = f"OIDC configuration for organization with slug '{slug}' not found"
        raise Refused(404, text, "NotFound")
    world.oidc |= {name: body[name] for name in _OIDC_FIELDS if name in body}
    world.organization |= {"scimEnabled": False, "authEnforced": False}
    shown = _without_client(world.oidc)
    del shown["jwtSignatureAlgorithm"]  # left out here alone
    return ok(shown)


def _authenticate(world: World, request: Request) -> Caller:
    """A person; in 2026 a machine identity too."""
    accepted: tuple[Kind, ...] = ("user", "identity") if is_of_2026(world) else ("user",)
    return authenticate(world, request, *accepted)


def _organization_key(world: World, given: dict[str, Any]) -> str:
    """How the organisation is named: `orgSlug` in June 2025, `organizationId` in 2026; its slug."""
    if is_of_2026(world):
        check_shape(given, {"organizationId": "string"})
        check_organization(world, given["organizationId"])
        return str(world.organization["slug"])
    check_shape(given, {"orgSlug": "string"})
    if given["orgSlug"] != world.organization["slug"]:
        raise Refused(404, f"Organization with slug '{given['orgSlug']}' not found", "NotFound")
    return str(given["orgSlug"])


def _without_client(config: Json) -> Json:
    return {name: value for name, value in config.items() if name not in ("clientId", "clientSecret")}
