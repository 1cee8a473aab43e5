"""PingOne as a whole: its token endpoint, and the door to the management API of one environment.

Facts: developer.pingidentity.com … foundations (authorization, errors) and docs.pingidentity.com/pingone …
p1_token_endpoint_authentication_methods.html.
"""

from __future__ import annotations

from dataclasses import replace

from pingconf.sandbox import (
    pingone_directory,
    pingone_groups,
    pingone_propagation,
    pingone_rules,
    pingone_stores,
    pingone_sync,
    pingone_users,
    pingone_worker,
    tokens,
)
from pingconf.sandbox.http import Json, Request, Response, Routes, json_response
from pingconf.sandbox.pingone_wire import Refused, error_response, not_found, wrong_path
from pingconf.sandbox.world import World

ROUTES = Routes(
    pingone_directory.ROUTES,
    pingone_users.ROUTES,
    pingone_groups.ROUTES,
    pingone_stores.ROUTES,
    pingone_rules.ROUTES,
    pingone_propagation.ROUTES,
    pingone_sync.ROUTES,
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
    """The token endpoint, which lies on a host of its own."""
    return pingone_worker.answer_token_request(world, request, environment_id, _correlation(world))


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
            pingone_worker.check_roles(world, request)
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


def _correlation(world: World) -> str:
    world.requests_served += 1
    return f"c0{world.requests_served:06x}-5a4d-4b0c-8000-{world.requests_served:012x}"
