"""Infisical's SCIM server, users: members of the organisation, by membership id.

As observed on a backend of June 2025, oddities and all.
"""

from __future__ import annotations

import re
from typing import Any, Final

from pingconf.sandbox.http import Json, Request, Response, Routes
from pingconf.sandbox.infisical_scim_filter import select_members
from pingconf.sandbox.infisical_wire import ScimRefused, authenticate, broken, ok, read_body, unprocessable
from pingconf.sandbox.world import World

ROUTES = Routes()

_USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
_LIST: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_NAME: Final = {"familyName?": "string", "givenName?": "string"}
_EMAILS: Final = [{"primary": "boolean", "value": "string"}]
_OPERATIONS: Final = ("add", "Add", "replace", "Replace", "remove", "Remove")
_ID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def admit(world: World, request: Request) -> None:
    """Let only a SCIM token in, and only while SCIM is on."""
    authenticate(world, request, "scim")
    if not world.organization["scimEnabled"]:
        raise ScimRefused(403, "SCIM is disabled for the organization")


def is_id(text: str) -> bool:
    """Whether the database takes it for a UUID."""
    return _ID.fullmatch(text) is not None


def page_of(request: Request) -> tuple[int, int]:
    """`startIndex` and `count`, 1 and 20 if absent; 422 for what is no number."""
    numbers: list[int] = []
    for name, default in (("startIndex", "1"), ("count", "20")):
        try:
            numbers.append(int(request.parameters.get(name, default)))
        except ValueError as fault:
            raise unprocessable(
                {
                    "code": "invalid_type",
                    "expected": "number",
                    "received": "nan",
                    "path": [name],
                    "message": "Expected number, received nan",
                }
            ) from fault
    return numbers[0], numbers[1]


def list_response(rows: list[Json], start: int, count: int) -> Response:
    """`totalResults` is the length of this page, not of the whole."""
    answer = {"Resources": rows, "itemsPerPage": count, "startIndex": start, "totalResults": len(rows)}
    return ok({**answer, "schemas": [_LIST]})


@ROUTES.on("GET", "/api/v1/scim/Users")
def list_users(world: World, request: Request) -> Response:
    """All members, hand-made admins too. `count=0` means all."""
    admit(world, request)
    start, count = page_of(request)
    if start < 0:
        raise broken("Find one")
    rows = select_members(world, request.parameters.get("filter", ""))[max(start - 1, 0) :]
    return list_response([show_user(world, row) for row in (rows[:count] if count else rows)], start, count)


@ROUTES.on("GET", "/api/v1/scim/Users/{id}")
def read_user(world: World, request: Request, id: str) -> Response:
    admit(world, request)
    return ok(show_user(world, _member(world, id)))


@ROUTES.on("POST", "/api/v1/scim/Users")
def create_user(world: World, request: Request) -> Response:
    """200 and the same member for a known userName; an invitation is sent every time; `active` is ignored."""
    admit(world, request)
    shape: Json = {"schemas": ["string"], "userName": "string", "name?": _NAME, "emails?": _EMAILS}
    body = read_body(request, {**shape, "active?": "boolean"})
    if not world.oidc.get("isActive"):
        raise ScimRefused(400, "Neither SAML or OIDC SSO is configured")
    email = _primary(body)
    if email is None:
        raise ScimRefused(400, "Invalid request. Missing email.")
    known = (row for row in world.members.values() if row["alias"] == body["userName"])
    # A known e-mail under another userName makes a second member with the same e-mail.
    row = next(known, None) or _new_member(world, body, email)
    world.invitations.append(world.accounts[row["account"]]["email"])
    return ok({**show_user(world, row), "userName": body["userName"]})


def _new_member(world: World, body: Json, email: str) -> Json:
    name = body.get("name", {})
    given, family = name.get("givenName", ""), name.get("familyName", "")
    account, member = world.new_id(), world.new_id()
    slug = re.sub(r"[^a-z0-9]+", "-", f"{given} {family}".lower()).strip("-")
    world.accounts[account] = {
        "id": account,
        "email": email,
        "username": f"{slug}-{world.letters(4)}",  # generated, and shown in place of the one sent
        "firstName": given,
        "lastName": family,
    }
    world.members[member] = {
        "id": member,
        "account": account,
        "role": world.organization["defaultMembershipRole"],
        "status": "invited",
        "inviteEmail": email,
        "isActive": True,
        "alias": body["userName"],
        "createdAt": world.stamp(),
        "updatedAt": world.stamp(),
    }
    return world.members[member]


@ROUTES.on("PUT", "/api/v1/scim/Users/{id}")
def replace_user(world: World, request: Request, id: str) -> Response:
    """The answer shows name and e-mail from before the write (mended in newer servers)."""
    admit(world, request)
    shape: Json = {"schemas": ["string"], "userName": "string", "name?": _NAME, "emails?": _EMAILS}
    body = read_body(request, {**shape, "active": "boolean"})
    row = _member(world, id)
    before = show_user(world, row)
    _write(world, row, body)
    row["isActive"] = body["active"]
    return ok({**before, "userName": body["userName"], "active": body["active"]})


def _write(world: World, row: Json, fields: Json) -> None:
    """Store name and e-mail; what is not given is kept. Rows move to the end of lists when written."""
    account = world.accounts[row["account"]]
    name = fields.get("name", {})
    account["firstName"] = name.get("givenName", account["firstName"])
    account["lastName"] = name.get("familyName", account["lastName"])
    account["email"] = _primary(fields) or account["email"]
    row["updatedAt"] = world.stamp()
    world.members[row["id"]] = world.members.pop(row["id"])


@ROUTES.on("PATCH", "/api/v1/scim/Users/{id}")
def patch_user(world: World, request: Request, id: str) -> Response:
    """Unknown paths are ignored; a new userName is echoed, not stored; displayName lags one write behind."""
    admit(world, request)
    operations = read_operations(request)
    row = _member(world, id)
    display = show_user(world, row)["displayName"]
    user: Json = show_user(world, row)
    for operation in operations:
        _apply(user, operation)
    active = user["active"]
    whole = isinstance(active, bool) and all("primary" in mail for mail in user["emails"])
    _write(world, row, user)
    row["isActive"] = active if isinstance(active, bool) else str(active).lower() in ("true", "1", "t")
    if not whole:  # written first, then the answer does not fit its own schema
        raise broken()
    return ok({**show_user(world, row), "userName": user["userName"], "displayName": display})


def read_operations(request: Request) -> list[Json]:
    """The operations of a PATCH; only six spellings of `op` are taken."""
    body = read_body(request, {"schemas": ["string"], "Operations": [{"op": "string", "path?": "string"}]})
    for number, operation in enumerate(body["Operations"]):
        if operation["op"] not in _OPERATIONS:
            path = ["Operations", number]
            raise unprocessable(
                {"code": "invalid_union", "unionErrors": [], "path": path, "message": "Invalid input"}
            )
    return list(body["Operations"])


def _apply(user: Json, operation: Json) -> None:
    if operation["op"].lower() == "remove":
        return
    value: Any = operation.get("value")
    changes = {operation["path"]: value} if operation.get("path") else value
    for path, new in changes.items() if isinstance(changes, dict) else ():
        name, _, part = path.partition(".")
        if name == "name" and part in ("givenName", "familyName"):
            user["name"][part] = new
        elif path == "name" and isinstance(new, dict):
            user["name"] |= new
        elif re.fullmatch(r"emails\[.*\]\.value", path):
            user["emails"][0]["value"] = new
        elif path == "emails" and isinstance(new, list):
            user["emails"] = new
        elif path in ("active", "userName"):
            user[path] = new


@ROUTES.on("DELETE", "/api/v1/scim/Users/{id}")
def delete_user(world: World, request: Request, id: str) -> Response:
    """The membership goes, with its alias and groups; the account stays, and is not used again."""
    admit(world, request)
    if not is_id(id):
        raise broken("Find one")
    del world.members[_member(world, id)["id"]]
    for team in world.teams.values():
        team["members"].pop(id, None)
    return ok({})


def show_user(world: World, row: Json) -> Json:
    """The SCIM user, with the server's own user name and no `meta`."""
    account = world.accounts[row["account"]]
    return {
        "schemas": [_USER],
        "id": row["id"],
        "userName": account["username"],
        "name": {"familyName": account["lastName"], "givenName": account["firstName"]},
        "emails": [{"primary": True, "value": account["email"], "type": "work"}],
        "displayName": display_name(world, row),
        "active": row["isActive"],
    }


def display_name(world: World, row: Json) -> str:
    account = world.accounts[row["account"]]
    return f"{account['firstName']} {account['lastName']}".strip()


def _primary(fields: Json) -> str | None:
    """The e-mail marked as primary; the only one that counts."""
    mails = (mail["value"] for mail in fields.get("emails", ()) if mail.get("primary"))
    email = next(mails, None)
    return None if email is None else str(email).lower()


def _member(world: World, id: str) -> Json:
    if id not in world.members:
        raise ScimRefused(404, "User not found")
    return world.members[id]
