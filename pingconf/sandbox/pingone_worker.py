"""PingOne's worker application: how it gets its token, and what its roles let it see.

Facts: docs.pingidentity.com/pingone … p1_token_endpoint_authentication_methods.html and the roles reference;
developer.pingidentity.com … each page about propagation names Environment Admin, platform/groups the rest.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from pingconf.sandbox.http import Request, Response, json_response
from pingconf.sandbox.pingone_wire import Refused, error_response, not_found, wrong_path
from pingconf.sandbox.seed import CLIENT_ID, CLIENT_SECRET
from pingconf.sandbox.world import World

TOKEN_LIFETIME: Final = 3600
ADMIN: Final = "Environment Admin"
DATA_ADMIN: Final = "Identity Data Admin"
_NEEDED: Final = (
    (re.compile(r"GET /groups(/.*)?"), {ADMIN, DATA_ADMIN}),
    (re.compile(r"\w+ /propagation/.*"), {ADMIN}),
    (re.compile(r"\w+ /.+"), {DATA_ADMIN}),
)
"""Any one of these roles is enough for a request; the first that fits counts."""


def answer_token_request(world: World, request: Request, environment_id: str, correlation: str) -> Response:
    """Client credentials, by Basic header or in the body; 401 `invalid_client` in OAuth's own shape."""
    if request.method != "POST":
        return wrong_path()
    form = dict(parse_qsl(request.body.decode(errors="replace")))
    basic = _basic(request)
    if environment_id != world.environment_id and world.switches.unknown_worker_status == "404":
        return error_response(not_found("environment", environment_id), correlation)
    if world.switches.token_method not in ("both", "post" if basic is None else "basic"):
        return _denied(401, "invalid_client", "Unsupported authentication method", correlation)
    client = basic or (form.get("client_id"), form.get("client_secret"))
    if environment_id != world.environment_id or client != (CLIENT_ID, CLIENT_SECRET):
        return _denied(401, "invalid_client", "Invalid client credentials", correlation)
    if form.get("grant_type") != "client_credentials":
        return _denied(400, "unsupported_grant_type", "Unsupported grant type", correlation)
    issued = int(world.now().timestamp())
    payload = {"client_id": CLIENT_ID, "env": environment_id, "iat": issued, "exp": issued + TOKEN_LIFETIME}
    answer = {"access_token": world.sign(payload), "token_type": "Bearer", "expires_in": TOKEN_LIFETIME}
    return json_response(200, answer)


def _denied(status: int, error: str, why: str, correlation: str) -> Response:
    text = f"Request denied: {why} (Correlation ID: {correlation})"
    return json_response(status, {"error": error, "error_description": text})


def check_roles(world: World, request: Request) -> None:
    """Refuse what none of the worker's roles allows."""
    asked, roles = f"{request.method} {request.path}", set(world.worker["roles"])
    needed = next((enough for pattern, enough in _NEEDED if pattern.fullmatch(asked)), None)
    if needed is None:  # the environment itself
        needed = {ADMIN, DATA_ADMIN} if world.switches.environment_readable_by == "any" else {ADMIN}
    if not roles & needed:
        text = "The actor attempting to perform the request is not authorized."
        raise Refused(403, "ACCESS_FAILED", text)


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(name), unquote_plus(secret)  # RFC 6749, section 2.3.1, has both form-encoded
