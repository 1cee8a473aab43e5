"""PingOne as a whole: its token endpoint, and the door to the management API of one environment.

Facts: developer.pingidentity.com … foundations (authorization, errors) and docs.pingidentity.com/pingone …
p1_token_endpoint_authentication_methods.html.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from pingconf.sandbox import (
    pingone_directory,
    pingone_groups,
    pingone_propagation,
    pingone_rules,
    pingone_stores,
    pingone_users,
    tokens,
)
from pingconf.sandbox.http import Json, Request, Response, Routes, json_response
from pingconf.sandbox.pingone_wire import Refused, error_response, not_found, wrong_path
from pingconf.sandbox.seed import CLIENT_ID, CLIENT_SECRET
from pingconf.sandbox.world import World

TOKEN_LIFETIME: Final = 3600

ROUTES = Routes(
    pingone_directory.ROUTES,
    pingone_users.ROUTES,
    pingone_groups.ROUTES,
    pingone_stores.ROUTES,
    pingone_rules.ROUTES,
    pingone_propagation.ROUTES,
)


@ROUTES.on("GET", "")
def read_environment(world: World, request: Request) -> Response:
    answer: Json = {
        "id": world.environment_id,
        "name": "Acme",
        "description": "The sandbox's only environment",
        "type": "SANDBOX",
        "region": "EU",
    }
    return json_response(200, answer)


def answer_token_request(world: World, request: Request, environment_id: str) -> Response:
    """Client credentials, by Basic header or in the body; 401 `invalid_client` in OAuth's own shape."""
    if request.method != "POST":
        return wrong_path()
    form = dict(parse_qsl(request.body.decode(errors="replace")))
    basic = _basic(request)
    correlation = _correlation(world)
    if world.switches.token_method not in ("both", "post" if basic is None else "basic"):
        text = f"Request denied: Unsupported authentication method (Correlation ID: {correlation})"
        return json_response(401, {"error": "invalid_client", "error_description": text})
    client = basic or (form.get("client_id"), form.get("client_secret"))
    if environment_id != world.environment_id or client != (CLIENT_ID, CLIENT_SECRET):
        text = f"Request denied: Invalid client credentials (Correlation ID: {correlation})"
        return json_response(401, {"error": "invalid_client", "error_description": text})
    if form.get("grant_type") != "client_credentials":
        text = f"Request denied: Unsupported grant type (Correlation ID: {correlation})"
        return json_response(400, {"error": "unsupported_grant_type", "error_description": text})
    issued = int(world.now().timestamp())
    payload = {"client_id": CLIENT_ID, "env": environment_id, "iat": issued, "exp": issued + TOKEN_LIFETIME}
    answer = {"access_token": world.sign(payload), "token_type": "Bearer", "expires_in": TOKEN_LIFETIME}
    return json_response(200, answer)


def answer(world: World, request: Request, environment_id: str) -> Response:
    """A request to the management API; its path begins behind the environment."""
    correlation = _correlation(world)
    try:
        found = ROUTES.find(request.method, request.path)
        if found is None and not ROUTES.knows(request.path):
            response = wrong_path()
        else:
            _check_bearer(world, request)
            if environment_id != world.environment_id:  # also what the host of another region answers
                raise not_found("environment", environment_id)
            if found is None:
                raise pingone_rules.method_not_allowed()
            response = found.handler(world, request, **found.variables)
    except Refused as refused:
        response = error_response(refused, correlation)
    return replace(response, headers={**response.headers, "Correlation-Id": correlation})


def _check_bearer(world: World, request: Request) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        payload = tokens.read(token, world.signing_secret, world.now())
    except tokens.TokenFault:
        payload = {}
    if scheme.lower() != "bearer" or "client_id" not in payload:
        detail = {
            "code": "INVALID_TOKEN",
            "target": "Authentication Credentials",
            "message": "The access token is missing or invalid, or it has expired.",
        }
        message = "The request could not be completed. You do not have access to this resource."
        raise Refused(401, "ACCESS_FAILED", message, detail)


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(name), unquote_plus(secret)  # RFC 6749, section 2.3.1, has both form-encoded


def _correlation(world: World) -> str:
    world.requests_served += 1
    return f"c0{world.requests_served:06x}-5a4d-4b0c-8000-{world.requests_served:012x}"
