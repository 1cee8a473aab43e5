"""Logging in to Infisical: passwords, choosing the organisation, machine identities; the server's status."""

from __future__ import annotations

from typing import Final

from pingconf.sandbox.http import Json, Request, Response, Routes
from pingconf.sandbox.infisical_wire import Refused, authenticate, ok, read_body, read_token
from pingconf.sandbox.world import World

ROUTES = Routes()
NEWER = Routes()

IDENTITY_LIFETIME: Final = 2_592_000
"""Thirty days, in seconds: the default of accessTokenTTL and accessTokenMaxTTL."""


@ROUTES.on("GET", "/api/status")
def read_status(world: World, request: Request) -> Response:
    answer: Json = {
        "date": world.stamp(),
        "message": "Ok",
        "emailConfigured": world.switches.mail_configured,
        "inviteOnlySignup": True,
        "redisConfigured": True,
        "secretScanningConfigured": False,
    }
    return ok(answer)


@ROUTES.on("GET", "/api/v1/admin/config")
def read_server_config(world: World, request: Request) -> Response:
    config = {"initialized": True, "allowSignUp": False, "trustOidcEmails": True, "trustSamlEmails": True}
    return ok({"config": config})


@NEWER.on("POST", "/api/v3/auth/login")
def log_in(world: World, request: Request) -> Response:
    """Those of June 2025 have SRP in its place; the token has no organisation yet."""
    body = read_body(request, {"email": "string", "password": "string"})
    if not request.headers.get("user-agent"):
        raise Refused(400, "user agent header is required", "BadRequest")
    for row in world.accounts.values():
        if row["email"] == body["email"].lower() and row.get("password") == body["password"]:
            return ok({"accessToken": world.user_token(row["email"], in_organization=False)})
    raise Refused(401, "Invalid credentials", "UnauthorizedError")  # the real wording was not observed


@ROUTES.on("POST", "/api/v3/auth/select-organization")
def select_organization(world: World, request: Request) -> Response:
    caller = authenticate(world, request, "user", in_organization=False)
    body = read_body(request, {"organizationId": "string"})
    is_member = any(row["account"] == caller.account for row in world.members.values())
    if body["organizationId"] != world.organization_id or not is_member:
        # The word "undefined" is Infisical's.
        text = "User does not have access to the organization named undefined"
        raise Refused(403, text, "ForbiddenError")
    email = world.accounts[caller.account]["email"]
    return ok({"token": world.user_token(email), "isMfaEnabled": False})


@ROUTES.on("POST", "/api/v1/auth/universal-auth/login")
def log_in_identity(world: World, request: Request) -> Response:
    body = read_body(request, {"clientId": "string", "clientSecret": "string"})
    row = next((one for one in world.identities.values() if one["clientId"] == body["clientId"]), None)
    if row is None:
        raise Refused(404, "No identity with specified client ID was found", "NotFound")
    if row["clientSecret"] != body["clientSecret"]:
        raise Refused(401, "Invalid credentials", "UnauthorizedError")
    id = world.new_id()
    world.access_tokens[id] = {"id": id, "identity": row["id"]}
    return ok(_access_token(world, id))


@ROUTES.on("POST", "/api/v1/auth/token/renew")
def renew_identity_token(world: World, request: Request) -> Response:
    return ok(_access_token(world, _read_access_token(world, request)))


@ROUTES.on("POST", "/api/v1/auth/token/revoke")
def revoke_identity_token(world: World, request: Request) -> Response:
    del world.access_tokens[_read_access_token(world, request)]
    return ok({"message": "Successfully revoked access token"})


def _read_access_token(world: World, request: Request) -> str:
    body = read_body(request, {"accessToken": "string"})
    id = str(read_token(world, body["accessToken"]).get("identityAccessTokenId"))
    if id not in world.access_tokens:
        raise Refused(401, "No identity access token found", "UnauthorizedError")
    return id


def _access_token(world: World, id: str) -> Json:
    issued = int(world.now().timestamp())
    payload = {
        "identityId": world.access_tokens[id]["identity"],
        "clientSecretId": id,
        "identityAccessTokenId": id,
        "authTokenType": "identityAccessToken",
        "iat": issued,
        "exp": issued + IDENTITY_LIFETIME,
    }
    return {
        "accessToken": world.sign(payload),
        "expiresIn": IDENTITY_LIFETIME,
        "accessTokenMaxTTL": IDENTITY_LIFETIME,
        "tokenType": "Bearer",
    }
