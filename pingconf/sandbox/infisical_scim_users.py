"""Infisical's SCIM server, users: members of the organisation, by membership id.

As observed on a backend of June 2025, oddities and all; and of 2026, as its public changes tell.
"""

from __future__ import annotations

import re
from typing import Any, Final

from pingconf.sandbox.http import Json, Request, Response, Routes
from pingconf.sandbox.infisical_email_domains import check_email_domain
from pingconf.sandbox.infisical_scim import (
    admit,
    is_id,
    list_response,
    page_of,
    read_operations,
    schemas_shape,
)
from pingconf.sandbox.infisical_scim_filter import select_members
from pingconf.sandbox.infisical_wire import ScimRefused, broken, is_of_2026, ok, read_body
from pingconf.sandbox.world import World

ROUTES = Routes()

_USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
_NAME: Final = {"familyName?": "string", "givenName?": "string"}
_EMAILS: Final = [{"primary": "boolean", "value": "string"}]


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
    """200 and the same member for one who is known; an invitation is sent every time; `active` is ignored."""
    admit(world, request)
    body = read_body(request, {**_user_shape(world), "active?": "boolean"})
    if not world.oidc.get("isActive"):
        raise ScimRefused(400, "Neither SAML or OIDC SSO is configured")
    email = _primary(body)
    if email is None:
        raise ScimRefused(400, "Invalid request. Missing email.")
    check_email_domain(world, email)
    row = _known_member(world, body["userName"], email) or _new_member(world, body, email)
    world.invitations.append(world.accounts[row["account"]]["email"])
    return ok({**show_user(world, row), "userName": body["userName"]})


def _user_shape(world: World) -> Json:
    return {**schemas_shape(world), "userName": "string", "name?": _NAME, "emails?": _EMAILS}


def _known_member(world: World, name: str, email: str) -> Json | None:
    """Known by the userName; in 2026 by the e-mail too, which in June 2025 makes a second member with it."""
    rows = world.members.values()
    row = next((row for row in rows if row["alias"] == name), None)
    if row is None and is_of_2026(world):
        row = next((row for row in rows if world.accounts[row["account"]]["email"] == email), None)
        if row is not None:
            row["alias"] = name
    return row


def _new_account(world: World, body: Json, email: str) -> str:
    """Its id; in 2026 somebody who comes back is the same person."""
    known = (row["id"] for row in world.accounts.values() if row["email"] == email and is_of_2026(world))
    if (account := next(known, None)) is not None:
        return str(account)
    name = body.get("name", {})
    given, family = name.get("givenName", ""), name.get("familyName", "")
    id = world.new_id()
    slug = re.sub(r"[^a-z0-9]+", "-", f"{given} {family}".lower()).strip("-")
    world.accounts[id] = {
        "id": id,
        "email": email,
        "username": f"{slug}-{world.letters(4)}",  # generated
        "firstName": given,
        "lastName": family,
    }
    return id


def _new_member(world: World, body: Json, email: str) -> Json:
    account, member = _new_account(world, body, email), world.new_id()
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
    """The answer shows name and e-mail from before the write (in 2026, as they are now)."""
    admit(world, request)
    body = read_body(request, {**_user_shape(world), "active": "boolean"})
    row = _member(world, id)
    _check_change(world, row, body)
    before = show_user(world, row)
    _write(world, row, body)
    row["isActive"] = body["active"]
    shown = show_user(world, row) if is_of_2026(world) else before
    return ok({**shown, "userName": body["userName"], "active": body["active"]})


def _check_change(world: World, row: Json, fields: Json) -> None:
    """What 2026 refuses: whoever has no alias, another domain, another e-mail unless SSO is enforced."""
    if not is_of_2026(world):
        return
    if row["alias"] is None:
        raise ScimRefused(404, "User alias not found")
    before = world.accounts[row["account"]]["email"]
    email = _primary(fields) or before
    check_email_domain(world, email)
    if email == before:
        return
    if not world.organization["authEnforced"]:
        raise ScimRefused(400, "Email cannot be changed.")
    if any(account["email"] == email for account in world.accounts.values()):
        raise ScimRefused(409, "A user with this email exists already")  # the real wording is not known


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
    operations = read_operations(world, request)
    row = _member(world, id)
    display = show_user(world, row)["displayName"]
    user: Json = show_user(world, row)
    for operation in operations:
        _apply(user, operation)
    active = user["active"]
    if is_of_2026(world) and isinstance(active, str):
        active = active.lower() == "true"
    _check_change(world, row, user)
    whole = isinstance(active, bool) and all("primary" in mail for mail in user["emails"])
    _write(world, row, user)
    row["isActive"] = active if isinstance(active, bool) else str(active).lower() in ("true", "1", "t")
    if not whole:  # written first, then the answer does not fit its own schema
        raise broken()
    return ok({**show_user(world, row), "userName": user["userName"], "displayName": display})


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
    """The membership goes, with its alias and groups; the account stays. One that is gone is a 404, in 2026
    a success."""
    admit(world, request)
    if not is_id(id):
        raise broken("Find one")
    if is_of_2026(world) and id not in world.members:
        return ok({})
    del world.members[_member(world, id)["id"]]
    for team in world.teams.values():
        team["members"].pop(id, None)
    return ok({})


def show_user(world: World, row: Json) -> Json:
    """The SCIM user without `meta`; named by the server itself in June 2025, in 2026 as it was sent."""
    account = world.accounts[row["account"]]
    sent = row["alias"] if is_of_2026(world) else None
    return {
        "schemas": [_USER],
        "id": row["id"],
        "userName": sent or account["username"],
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
