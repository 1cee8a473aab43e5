"""Infisical's e-mail domains, which newer servers want verified before anybody of them is provisioned.

Facts: Infisical's documentation, platform/email-domain (2026).
"""

from __future__ import annotations

from pingconf.sandbox.http import Request, Response, Routes
from pingconf.sandbox.infisical_wire import authenticate, ok, unknown_route
from pingconf.sandbox.world import World

ROUTES = Routes()


@ROUTES.on("GET", "/api/v1/email-domains")
def list_email_domains(world: World, request: Request) -> Response:
    """A person's token only; a server of June 2025 has no such route."""
    if world.switches.infisical_release == "2025-06":
        return unknown_route(request)
    authenticate(world, request, "user")
    return ok({"emailDomains": list(world.email_domains.values())})
