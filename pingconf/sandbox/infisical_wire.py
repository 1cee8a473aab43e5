"""How Infisical speaks: its error bodies, who is calling, and the checks of a body's shape.

Everything here was observed on a backend of June 2025, and is not known to have changed since.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import parse_qsl

from pingconf.sandbox import tokens
from pingconf.sandbox.http import Json, Request, Response, json_response
from pingconf.sandbox.world import World

_SCIM_ERROR: Final = "urn:ietf:params:scim:api:messages:2.0:Error"
_JSON: Final = "application/json; charset=utf-8"  # of SCIM answers too
FORBIDDEN: Final = "You are not allowed to access this resource"


class Refused(Exception):
    """Refused with the ordinary error body."""

    def __init__(self, status: int, message: Any, error: str, **more: Any) -> None:
        super().__init__(str(message))
        self.status = status
        self.body: Json = {"statusCode": status, "message": message, **more, "error": error}


class ScimRefused(Refused):
    """Refused with a SCIM error body; its `status` is a number, and it has a `reqId` too."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(status, detail, "")
        self.body = {"schemas": [_SCIM_ERROR], "status": status, "detail": detail}


def broken(operation: str = "InternalServerError") -> Refused:
    """500 of a database or a program error; `error` names the operation."""
    return Refused(500, "Something went wrong", operation)


def denied(action: str, subject: str) -> Refused:
    """403 for a caller whose role lacks a permission."""
    text = f"You are not allowed to {action} on {subject}"
    return Refused(403, text, "PermissionDenied", details=[])


def is_of_2026(world: World) -> bool:
    """Whether the newer Infisical is played; see `Switches.infisical_release`."""
    return world.switches.infisical_release == "2026"


def ok(value: Any) -> Response:
    """200, which is what every success is here: creating, changing and deleting."""
    return json_response(200, value, _JSON)


def error_response(world: World, refused: Refused) -> Response:
    """The error as the client sees it. The request's id is in the body only, not in a header."""
    return json_response(refused.status, {"reqId": f"req-{world.letters(14)}", **refused.body}, _JSON)


def unknown_route(request: Request) -> Response:
    """404 of the web framework: without `reqId`, and in another order."""
    message = f"Route {request.method}:{request.target} not found"
    return json_response(404, {"message": message, "error": "Not Found", "statusCode": 404}, _JSON)


Kind: TypeAlias = Literal["user", "identity", "scim"]
_KINDS: Final[dict[object, Kind]] = {
    "accessToken": "user",
    "identityAccessToken": "identity",
    "scimToken": "scim",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is calling: a person, a machine identity, or the holder of a SCIM token."""

    kind: Kind
    role: str
    in_organization: bool
    account: str = ""
    access_token: str = ""

    def may(self, action: str, subject: str) -> None:
        """Refuse, unless the caller's organisation role is admin; a member has none of these rights."""
        if self.role != "admin":
            raise denied(action, subject)


def authenticate(world: World, request: Request, *accepted: Kind, in_organization: bool = True) -> Caller:
    """The caller, if the token is good and of an accepted kind."""
    caller = _caller(world, request)
    if caller.kind not in accepted:
        raise Refused(403, FORBIDDEN, f"Forbidden access to {request.target}")
    if in_organization and not caller.in_organization:
        error = f"{request.target} Unauthorized Access, no organization found in request"
        raise Refused(401, FORBIDDEN, error)
    return caller


def _caller(world: World, request: Request) -> Caller:
    header = request.headers.get("authorization")
    if header is None:
        raise Refused(401, "Token missing", "UnauthorizedError")
    # The first seven characters are cut away whatever they are: any scheme of six letters would do.
    payload = read_token(world, header[7:])
    kind = _KINDS.get(payload.get("authTokenType"))
    if kind == "scim":
        return _scim_caller(world, payload)
    if kind == "identity":
        return _identity_caller(world, payload)
    if kind == "user" and payload.get("userId") in world.accounts:
        return _user_caller(world, payload)
    raise Refused(403, FORBIDDEN, f"Forbidden access to {request.target}")


def read_token(world: World, token: str) -> Json:
    """The payload of a token of this Infisical; an expired one is a 403, not a 401."""
    try:
        return tokens.read(token, world.signing_secret, world.now())
    except tokens.TokenFault as fault:
        text = {
            "jwt malformed": "The provided access token is malformed. "
            "Please use a valid token or generate a new one and try again.",
            "jwt expired": "Your token has expired. Please re-authenticate.",
        }.get(str(fault), str(fault))
        raise Refused(403, text, "TokenError") from fault


def _scim_caller(world: World, payload: Json) -> Caller:
    row = world.scim_tokens.get(str(payload.get("scimTokenId")))
    if row is None:  # deleted: the ordinary body
        raise Refused(401, FORBIDDEN, "UnauthorizedError")
    if world.is_expired(row):  # expired: the SCIM body
        raise ScimRefused(401, "The access token expired")
    return Caller("scim", "admin", True)


def _identity_caller(world: World, payload: Json) -> Caller:
    id = str(payload.get("identityAccessTokenId"))
    row = world.access_tokens.get(id)
    if row is None:
        raise Refused(401, "No identity access token found", "UnauthorizedError")
    return Caller("identity", world.identities[row["identity"]]["role"], True, access_token=id)


def _user_caller(world: World, payload: Json) -> Caller:
    account = payload["userId"]
    if "organizationId" not in payload:
        return Caller("user", "", False, account)
    member = next((row for row in world.members.values() if row["account"] == account), None)
    if member is None or payload["organizationId"] != world.organization_id:
        raise Refused(403, "User not logged into organization", "ForbiddenError")
    if not member["isActive"]:
        raise Refused(403, "User organization membership is inactive", "ForbiddenError")
    return Caller("user", member["role"], True, account)


Shape: TypeAlias = "str | list[Any] | dict[str, Any]"
"""A JSON type by name, [shape of the elements], or {field: shape}; a field's name with `?` may be missing."""


def read_body(request: Request, shape: dict[str, Any]) -> Json:
    """The body, checked as zod does: 422 with a list of issues. Forms are taken as well as JSON."""
    kind = request.headers.get("content-type", "")
    value: Any = None
    if "x-www-form-urlencoded" in kind:
        value = dict(parse_qsl(request.body.decode(errors="replace")))
    elif "json" not in kind and request.body:
        value = request.body.decode(errors="replace")
    elif request.body:
        try:
            value = json.loads(request.body)
        except ValueError as fault:
            raise broken() from fault  # not a 400
    check_shape(value, shape)
    return dict(value)


def check_shape(value: Any, shape: Shape) -> None:
    """Refuse a value of another shape with 422, naming every issue."""
    issues = _issues(value, shape, [])
    if issues:
        raise unprocessable(*issues)


def unprocessable(*issues: Json) -> Refused:
    return Refused(422, list(issues), "ValidationFailure")


_MISSING: Final = object()


def _issues(value: Any, shape: Shape, path: list[str | int]) -> list[Json]:
    expected = shape if isinstance(shape, str) else "array" if isinstance(shape, list) else "object"
    received = _type_name(value)
    if expected != received:
        message = "Required" if value is _MISSING else f"Expected {expected}, received {received}"
        return [
            {
                "code": "invalid_type",
                "expected": expected,
                "received": received,
                "path": path,
                "message": message,
            }
        ]
    issues: list[Json] = []
    if isinstance(shape, list):
        for number, element in enumerate(value):
            issues += _issues(element, shape[0], [*path, number])
    elif isinstance(shape, dict):
        for name, inner in shape.items():
            plain = name.rstrip("?")
            if plain in value or plain == name:
                issues += _issues(value.get(plain, _MISSING), inner, [*path, plain])
    return issues


def _type_name(value: Any) -> str:
    if value is _MISSING:
        return "undefined"
    if value is None:
        return "null"
    names = {bool: "boolean", str: "string", int: "number", float: "number", list: "array", dict: "object"}
    return names[type(value)]
