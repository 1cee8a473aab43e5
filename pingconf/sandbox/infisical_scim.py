"""How Infisical's SCIM server speaks: whom it lets in, pages, operations, and what it says it can."""

from __future__ import annotations

import re
from typing import Final

from pingconf.sandbox.http import Json, Request, Response, Routes
from pingconf.sandbox.infisical_wire import (
    ScimRefused,
    Shape,
    authenticate,
    is_of_2026,
    ok,
    read_body,
    unprocessable,
)
from pingconf.sandbox.world import World

NEWER = Routes()

_LIST: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_PROVIDER: Final = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
_OPERATIONS: Final = ("add", "Add", "replace", "Replace", "remove", "Remove")
_ID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def admit(world: World, request: Request) -> None:
    """Let only a SCIM token in, and only while SCIM is on."""
    authenticate(world, request, "scim")
    if not world.organization["scimEnabled"]:
        raise ScimRefused(403, "SCIM is disabled for the organization")


def schemas_shape(world: World) -> dict[str, Shape]:
    """How `schemas` is asked for: always in June 2025, not at all in 2026."""
    return {"schemas?" if is_of_2026(world) else "schemas": ["string"]}


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


def read_operations(world: World, request: Request) -> list[Json]:
    """The operations of a PATCH; only six spellings of `op` are taken."""
    operations: Shape = [{"op": "string", "path?": "string"}]
    body = read_body(request, {**schemas_shape(world), "Operations": operations})
    for number, operation in enumerate(body["Operations"]):
        if operation["op"] not in _OPERATIONS:
            path = ["Operations", number]
            raise unprocessable(
                {"code": "invalid_union", "unionErrors": [], "path": path, "message": "Invalid input"}
            )
    return list(body["Operations"])


@NEWER.on("GET", "/api/v1/scim/ServiceProviderConfig")
def read_provider(world: World, request: Request) -> Response:
    """With a SCIM token only; its other fields are not documented."""
    admit(world, request)
    unsupported = {name: {"supported": False} for name in ("changePassword", "sort", "etag")}
    bulk = {"supported": False, "maxOperations": 0, "maxPayloadSize": 0}
    filter = {"supported": True, "maxResults": 100}
    return ok(
        {"schemas": [_PROVIDER], "patch": {"supported": True}, "bulk": bulk, "filter": filter, **unsupported}
    )
