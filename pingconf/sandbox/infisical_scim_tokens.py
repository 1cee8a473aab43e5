"""Infisical's SCIM tokens: the secret is shown once, at birth, and only a person may ask for one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from pingconf.sandbox.http import Json, Request, Response, Routes
from pingconf.sandbox.infisical_organization import check_organization, restriction
from pingconf.sandbox.infisical_wire import (
    Refused,
    authenticate,
    broken,
    check_shape,
    is_of_2026,
    ok,
    read_body,
    unprocessable,
)
from pingconf.sandbox.world import World

ROUTES = Routes()

LONGEST_TTL: Final = 730
"""Days that a server of 2026 allows at most; one of June 2025 has no limit."""


@ROUTES.on("POST", "/api/v1/scim/scim-tokens")
def create_scim_token(world: World, request: Request) -> Response:
    """Also while SCIM is off and before there is SSO; two equal requests make two tokens."""
    caller = authenticate(world, request, "user")
    body = read_body(request, {"organizationId": "string", "description?": "string", "ttlDays?": "number"})
    days: Any = body.get("ttlDays", 0)
    if days < 0:
        raise _out_of_bounds("too_small", "minimum", 0, "greater than or equal to 0")
    if days > LONGEST_TTL and is_of_2026(world):
        raise _out_of_bounds("too_big", "maximum", LONGEST_TTL, f"less than or equal to {LONGEST_TTL}")
    check_organization(world, body["organizationId"])
    caller.may("create", "scim")
    if not world.licence["scim"]:
        raise restriction(*["create a SCIM token"] * 2)
    description = body.get("description", "").strip()
    # The columns are a varchar(255) and a bigint.
    if len(description) > 255 or days != int(days):
        raise broken("Create")
    row = {
        "id": world.new_id(),
        "ttlDays": int(days),
        "description": description,
        "orgId": world.organization_id,
        "createdAt": world.stamp(),
        "updatedAt": world.stamp(),
    }
    world.scim_tokens[row["id"]] = row
    return ok({"scimToken": world.sign(scim_token_payload(row))})


def _out_of_bounds(code: str, bound: str, limit: int, words: str) -> Refused:
    issue = {"code": code, bound: limit, "type": "number", "inclusive": True, "exact": False}
    return unprocessable({**issue, "message": f"Number must be {words}", "path": ["ttlDays"]})


def scim_token_payload(row: Json) -> Json:
    """What the token says; there is no `exp`, the age is reckoned from the row."""
    issued = datetime.fromisoformat(row["createdAt"].replace("Z", "+00:00"))
    return {"scimTokenId": row["id"], "authTokenType": "scimToken", "iat": int(issued.timestamp())}


@ROUTES.on("GET", "/api/v1/scim/scim-tokens")
def list_scim_tokens(world: World, request: Request) -> Response:
    """Expired tokens stay in the list until they are deleted."""
    caller = authenticate(world, request, "user")
    check_shape(request.parameters, {"organizationId": "string"})
    check_organization(world, request.parameters["organizationId"])
    caller.may("read", "scim")
    if not world.licence["scim"]:
        raise restriction(*["get SCIM tokens"] * 2)
    return ok({"scimTokens": [_show(world, row) for row in world.listed(world.scim_tokens.values())]})


def _show(world: World, row: Json) -> Json:
    """In 2026, with whether the admins were mailed about its end, which never happens here."""
    return {**row, "expiryNotificationSent": False} if is_of_2026(world) else row


@ROUTES.on("DELETE", "/api/v1/scim/scim-tokens/{id}")
def delete_scim_token(world: World, request: Request, id: str) -> Response:
    """Takes effect at once."""
    caller = authenticate(world, request, "user")
    caller.may("delete", "scim")
    if id not in world.scim_tokens:
        raise Refused(404, f"SCIM token with ID '{id}' not found", "NotFound")
    if not world.licence["scim"]:
        raise restriction(*["delete the SCIM token"] * 2)
    return ok({"scimToken": _show(world, world.scim_tokens.pop(id))})
