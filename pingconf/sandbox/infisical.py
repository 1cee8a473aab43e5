"""Infisical as a whole: the door to its management API and its SCIM server, both below `/api`."""

from __future__ import annotations

from dataclasses import replace

from pingconf.sandbox import (
    infisical_email_domains,
    infisical_login,
    infisical_organization,
    infisical_readback,
    infisical_scim_groups,
    infisical_scim_tokens,
    infisical_scim_users,
)
from pingconf.sandbox.http import Request, Response, Routes
from pingconf.sandbox.infisical_wire import Refused, error_response, unknown_route
from pingconf.sandbox.world import World

ROUTES = Routes(
    infisical_login.ROUTES,
    infisical_organization.ROUTES,
    infisical_email_domains.ROUTES,
    infisical_readback.ROUTES,
    infisical_scim_tokens.ROUTES,
    infisical_scim_users.ROUTES,
    infisical_scim_groups.ROUTES,
)


def answer(world: World, request: Request) -> Response:
    """A request whose path begins with `/api`; HEAD is answered where GET is."""
    world.requests_served += 1
    method = "GET" if request.method == "HEAD" else request.method
    path = (
        request.path[:-1] if request.path.endswith("/") and not request.path.endswith("//") else request.path
    )
    found = ROUTES.find(method, path)
    if found is None:
        return unknown_route(request)
    try:
        response = found.handler(world, request, **found.variables)
    except Refused as refused:
        response = error_response(world, refused)
    return replace(response, body=b"") if request.method == "HEAD" else response
