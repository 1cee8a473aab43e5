"""Makers for the tests of the kinds: both embedded services in process, with every body that was sent."""

from __future__ import annotations

import base64
import contextlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import requests

from pingconf.clients import Services
from pingconf.clients.http import open_session
from pingconf.clients.infisical import Infisical
from pingconf.clients.pingone import PingOne
from pingconf.clients.retry import Patience
from pingconf.kinds import KINDS
from pingconf.model.kind import Advice, Kind, Objection
from pingconf.model.resource import Marker
from pingconf.model.settings import InfisicalSettings, PingOneSettings, Settings
from pingconf.model.values import Attributes, Secret
from pingconf.sandbox import (
    CLIENT_ID,
    CLIENT_SECRET,
    ENVIRONMENT_ID,
    ORGANIZATION_ID,
    SandboxAdapter,
    Switches,
    World,
)
from tests.canary import INFISICAL_TOKEN, PINGONE_ACCESS_TOKEN, SCIM_TOKEN
from tests.sandbox.callers import configuration as documented

ROOT: Final = f"https://api.pingone.eu/v1/environments/{ENVIRONMENT_ID}"
SITE: Final = "https://app.infisical.com"
SCIM_URL: Final = f"{SITE}/api/v1/scim"
MARKER: Final = Marker("6f1c2a44", "pingone", "n0nce")
NO_ID: Final = "00000000-0000-4000-8000-000000000000"


def user_token(organization_id: str) -> str:
    """The canary of a user's token, for another organisation than its own."""
    head, payload, signature = INFISICAL_TOKEN.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    changed = json.dumps({**claims, "organizationId": organization_id}).encode()
    return f"{head}.{base64.urlsafe_b64encode(changed).decode().rstrip('=')}.{signature}"


SETTINGS: Final = Settings(
    PingOneSettings(
        "https://api.pingone.eu/v1",
        "https://auth.pingone.eu",
        ENVIRONMENT_ID,
        ENVIRONMENT_ID,
        access_token=Secret(PINGONE_ACCESS_TOKEN),
    ),
    InfisicalSettings(SITE, SITE, ORGANIZATION_ID, token=Secret(user_token(ORGANIZATION_ID))),
)
CONNECTION: Final[Mapping[str, Any]] = {
    "name": "Infisical",
    "base_url": SCIM_URL,
    "users_resource": "/Users",
    "groups_resource": "/Groups",
    "scim_version": "2.0",
    "auth": {"method": "oauth2_bearer_token", "header": "Bearer"},
    "user_filter_expression": 'email.value Eq "%s"',
    "user_identifier": "workEmail",
    "create_users": True,
    "update_users": True,
    "disable_users": True,
    "remove_action": "disable",
    "deprovision_on_rule_deletion": True,
    "enabled": True,
}
"""A connection's attributes, but for its token."""


def connection(token: str | Secret = SCIM_TOKEN, **changes: Any) -> dict[str, Any]:
    """A connection's attributes as they are sent, its token among them."""
    secret = token if isinstance(token, Secret) else Secret(token)
    return {**CONNECTION, "auth": {**CONNECTION["auth"], "token": secret}, **changes}


def configuration(token: str = SCIM_TOKEN, **changes: Any) -> dict[str, Any]:
    """The same, as PingOne's documents spell it."""
    return documented(token, **{"SCIM_URL": SCIM_URL, **changes})


def store(**changes: Any) -> dict[str, Any]:
    """A whole connection as it is sent; changes in capitals go to its configuration."""
    inner = {name: value for name, value in changes.items() if name.isupper()}
    outer = {name: value for name, value in changes.items() if not name.isupper()}
    whole = {"type": "scim", "name": "Infisical", "managed": True, "status": "ACTIVE"}
    return {**whole, "configuration": configuration(**inner), **outer}


class Clock:
    """A clock that is wound by hand."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def wind(self, **by: float) -> None:
        self.time += timedelta(**by)


class Watched(SandboxAdapter):
    """The embedded services, with what was sent to them: method, path, body.

    `spoil` may give another status to what was done: a gateway lost the real answer.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.sent: list[tuple[str, str, Any]] = []
        self.spoil: Callable[[str, str], int | None] = lambda method, path: None

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        path = re.sub(r"^https://[^/]+(/v1/environments/[^/]+)?", "", str(request.url)).partition("?")[0]
        if not path.endswith("/as/token"):
            body = request.body
            self.sent.append((str(request.method), path, json.loads(body) if body else None))
        answer = super().send(request, *args, **kwargs)
        answer.status_code = self.spoil(str(request.method), path) or answer.status_code
        return answer


@dataclass
class Stage:
    """A world, the services as the kinds are handed them, and what was sent."""

    world: World
    api: Services
    adapter: Watched
    clock: Clock

    @property
    def sent(self) -> list[tuple[str, str, Any]]:
        """Everything but reads, since the last look."""
        written = [one for one in self.adapter.sent if one[0] != "GET"]
        self.adapter.sent.clear()
        return written

    def secret(self) -> Secret:
        """A SCIM token that works, made behind everybody's back."""
        self.world.organization["scimEnabled"] = True
        return self.api.infisical.create_scim_token("somebody's", 1)[1]


@contextlib.contextmanager
def stage(switches: Switches | None = None) -> Iterator[Stage]:
    """A new world behind the clients of the real services."""
    clock = Clock()
    world = World.seed(clock=clock, switches=switches)
    adapter = Watched(world)
    patience = Patience(lambda seconds: None, clock)
    pingone = PingOneSettings(
        "https://api.pingone.eu/v1",
        "https://auth.pingone.eu",
        ENVIRONMENT_ID,
        ENVIRONMENT_ID,
        client_id=CLIENT_ID,
        client_secret=Secret(CLIENT_SECRET),
    )
    infisical = InfisicalSettings(SITE, SITE, ORGANIZATION_ID, token=Secret(world.admin_token()))
    with open_session(adapter) as session:
        api = Services(PingOne(pingone, session, patience), Infisical(infisical, session, patience))
        yield Stage(world, api, adapter, clock)


@contextlib.contextmanager
def real_services() -> Iterator[Services]:
    """Clients of the addresses of the real services, for `responses` to answer."""
    patience = Patience(lambda seconds: None)
    with open_session() as session:
        yield Services(
            PingOne(SETTINGS.pingone, session, patience), Infisical(SETTINGS.infisical, session, patience)
        )


def attributes(section: str, **given: Any) -> Attributes:
    """The attributes of a resource as the file gives them, defaults filled in; names are left as names."""
    kind = KINDS[section]
    return kind.fill("key", kind.spec(**given).model_dump(exclude_none=True), SETTINGS)


def said(kind: Kind[Any], given: Attributes) -> list[tuple[str, str]]:
    """What a review finds: the path and the headline, or the text of an advice."""
    found: list[tuple[str, str]] = []
    for one in kind.review(given, SETTINGS):
        assert isinstance(one, (Objection, Advice))
        found.append((one.path, one.headline if isinstance(one, Objection) else f"advice: {one.text}"))
    return found
