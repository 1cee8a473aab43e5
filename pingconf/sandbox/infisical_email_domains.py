"""Infisical's verified e-mail domains: since 2026, SCIM brings people of these only.

Source: public documentation, email-domain. The fields of a row are not documented. A domain is proved by a
TXT record, which this embedded service takes as given.
"""

from __future__ import annotations

from pingconf.sandbox.http import Request, Response, Routes
from pingconf.sandbox.infisical_wire import (
    Refused,
    ScimRefused,
    authenticate,
    is_of_2026,
    ok,
    read_body,
)
from pingconf.sandbox.world import World

NEWER = Routes()


def check_email_domain(world: World, email: str) -> None:
    """403 for somebody of another domain; a subdomain is one of its own."""
    domain = email.rpartition("@")[2].lower()
    verified = {row["domain"] for row in world.email_domains.values() if row["status"] == "verified"}
    if is_of_2026(world) and domain not in verified:
        text = "The email you attempted to login in with is not a part of the accepted domains"
        raise ScimRefused(403, text)


@NEWER.on("GET", "/api/v1/email-domains")
def list_domains(world: World, request: Request) -> Response:
    authenticate(world, request, "user").may("read", "sso")
    return ok({"emailDomains": list(world.email_domains.values())})


@NEWER.on("POST", "/api/v1/email-domains")
def create_domain(world: World, request: Request) -> Response:
    authenticate(world, request, "user").may("create", "sso")
    domain = read_body(request, {"domain": "string"})["domain"].strip().lower()
    times = {"createdAt": world.stamp(), "updatedAt": world.stamp()}
    row = {"id": world.new_id(), "domain": domain, "status": "pending", **times}
    world.email_domains[row["id"]] = row
    return ok({"emailDomain": row})


@NEWER.on("POST", "/api/v1/email-domains/{id}/verify")
def verify_domain(world: World, request: Request, id: str) -> Response:
    authenticate(world, request, "user").may("edit", "sso")
    _find(world, id)["status"] = "verified"
    return ok({"emailDomain": world.email_domains[id]})


@NEWER.on("DELETE", "/api/v1/email-domains/{id}")
def delete_domain(world: World, request: Request, id: str) -> Response:
    authenticate(world, request, "user").may("delete", "sso")
    _find(world, id)
    return ok({"emailDomain": world.email_domains.pop(id)})


def _find(world: World, id: str) -> dict[str, str]:
    if id not in world.email_domains:
        raise Refused(404, f"Email domain with ID '{id}' not found", "NotFound")
    return world.email_domains[id]
