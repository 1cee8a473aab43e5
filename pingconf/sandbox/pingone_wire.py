"""How PingOne speaks: its error body, its lists and pages, its objects, and the checks of a body's fields."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from pingconf.sandbox.http import Json, Request, Response, json_response
from pingconf.sandbox.world import World

LARGEST_PAGE: Final = 1000
"""What `limit` may say (developer.pingidentity.com … paging, and the vendor's SDK)."""
USERS_PAGE: Final = 200
"""A page of users holds at most this many, whatever `limit` says (the same page)."""


class Refused(Exception):
    """Refused with PingOne's error body (developer.pingidentity.com … reference/error-codes)."""

    def __init__(self, status: int, code: str, message: str, *details: Json) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details


def invalid(target: str, message: str, code: str = "INVALID_VALUE", **inner: Any) -> Refused:
    """400 INVALID_DATA about one field."""
    detail: Json = {"code": code, "target": target, "message": message}
    if inner:
        detail["innerError"] = inner
    return Refused(
        400, "INVALID_DATA", "The request could not be completed: invalid data was provided.", detail
    )


def not_found(what: str, id: str) -> Refused:
    """404 for an id that is not there, or not in this environment, or not in this region."""
    return Refused(404, "NOT_FOUND", f"Unable to find {what} with ID: '{id}'")


def error_response(refused: Refused, correlation: str) -> Response:
    """The error as the client sees it; its `id` is the correlation id."""
    body: Json = {"id": correlation, "code": refused.code, "message": refused.message}
    if refused.details:
        body["details"] = list(refused.details)
    return json_response(refused.status, body)


def wrong_path() -> Response:
    """403 of the gateway before PingOne: what a wrong URL gets, in AWS's shape and not in PingOne's."""
    message = "Invalid key=value pair (missing equal-sign) in Authorization header"
    return json_response(403, {"message": message})


def environment_url(world: World, request: Request) -> str:
    """Where this environment's paths begin, as the client reached it."""
    return f"{request.base}/v1/environments/{world.environment_id}"


def show(world: World, request: Request, path: str, row: Json) -> Json:
    """An object with its environment and its link to itself."""
    href = f"{environment_url(world, request)}/{path}/{row['id']}"
    return {"_links": {"self": {"href": href}}, "environment": {"id": world.environment_id}, **row}


def show_list(world: World, request: Request, name: str, shown: Sequence[Json]) -> Response:
    """A list that knows no pages, such as the plans, stores, rules and mappings."""
    href = f"{environment_url(world, request)}{request.path}"
    listed = world.listed(shown)
    answer: Json = {"_links": {"self": {"href": href}}, "_embedded": {name: listed}}
    if world.switches.list_counts:
        answer |= {"count": len(listed), "size": len(listed)}
    return json_response(200, answer)


def show_page(world: World, request: Request, name: str, shown: Sequence[Json]) -> Response:
    """One page of a list; `_links.next.href` holds an opaque cursor and is to be followed as it stands."""
    given = request.parameters
    limit = min(_limit(given), USERS_PAGE if name == "users" else LARGEST_PAGE)
    start = _read_cursor(given.get("cursor"))
    shown = world.listed(shown)
    page = shown[start : start + limit]
    here = f"{environment_url(world, request)}{request.path}"
    links: Json = {"self": {"href": f"{here}?{request.query}" if request.query else here}}
    if start + limit < len(shown):
        following = {**given, "limit": str(limit), "cursor": _write_cursor(start + limit)}
        links["next"] = {"href": f"{here}?{urlencode(following)}"}
    answer = {"_links": links, "_embedded": {name: list(page)}, "count": len(shown), "size": len(page)}
    return json_response(200, answer)


def _limit(given: Mapping[str, str]) -> int:
    text = given.get("limit", "100")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LARGEST_PAGE:
        raise invalid("limit", f"limit must be between 1 and {LARGEST_PAGE}")
    return int(text)


def _write_cursor(start: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"start": start}).encode()).decode()


def _read_cursor(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(cursor))["start"])
    except (ValueError, KeyError, TypeError) as fault:
        raise invalid("cursor", "The cursor is invalid.") from fault


def read_body(request: Request) -> Json:
    """The body as an object, or 400 INVALID_REQUEST."""
    try:
        body = json.loads(request.body)
    except ValueError as fault:
        raise Refused(400, "INVALID_REQUEST", "The request body is not valid JSON.") from fault
    if not isinstance(body, dict):
        raise Refused(400, "INVALID_REQUEST", "The request body must be a JSON object.")
    return body


def text_of(body: Json, name: str, *, required: bool = False, within: str = "") -> str | None:
    """A field that must be a text, and with `required` not a blank one; None if it is absent."""
    value = body.get(name)
    target = f"{within}{name}"
    if value is None or value == "":
        if required:
            raise invalid(target, f"{target} is required", "REQUIRED_VALUE")
        return None if value is None else ""
    if not isinstance(value, str):
        raise invalid(target, f"{target} must be a string")
    if required and not value.strip():
        raise invalid(target, f"{target} must not be blank")
    return value


def flag_of(body: Json, name: str, *, within: str = "") -> bool | None:
    """A field that must be true or false; None if it is absent."""
    value = body.get(name)
    if value is not None and not isinstance(value, bool):
        raise invalid(f"{within}{name}", f"{within}{name} must be a boolean")
    return value


def choice_of(body: Json, name: str, allowed: Iterable[str], *, within: str = "") -> str | None:
    """A field that must be one of a few literals, to the letter; None if it is absent."""
    value = text_of(body, name, within=within)
    choices = list(allowed)
    if value is not None and value not in choices:
        target = f"{within}{name}"
        raise invalid(target, f"{target} must be one of {', '.join(choices)}", allowedValues=choices)
    return value


def id_of(body: Json, name: str, known: Mapping[str, Any]) -> str | None:
    """The id in a reference such as `plan.id`, which must lead somewhere; None if it is absent."""
    value = body.get(name)
    if value is None:
        return None
    id = value.get("id") if isinstance(value, dict) else None
    if not isinstance(id, str) or id not in known:
        raise invalid(f"{name}.id", f"{name}.id does not refer to an existing object")
    return id


def required_id(body: Json, name: str, known: Mapping[str, Any]) -> str:
    """The id in a reference that must be given."""
    id = id_of(body, name, known)
    if id is None:
        raise invalid(f"{name}.id", f"{name}.id is required", "REQUIRED_VALUE")
    return id


def check_unique(rows: Iterable[Json], name: str, but_for: str | None = None) -> None:
    """400 UNIQUENESS_VIOLATION if another row has the name."""
    if any(row["name"] == name and row["id"] != but_for for row in rows):
        raise invalid("name", f"The name '{name}' is already in use", "UNIQUENESS_VIOLATION")


def given(**fields: Any) -> Json:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}
