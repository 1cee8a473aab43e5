"""All that the two embedded services remember: one world, with its own ids, clock and switches."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Final, TypeAlias

from pingconf.sandbox import tokens
from pingconf.sandbox.http import Json
from pingconf.sandbox.seed import (
    ADMIN_EMAIL,
    ENVIRONMENT_ID,
    ORGANIZATION_ID,
    ROLES,
    company,
    organisation,
)
from pingconf.sandbox.switches import Switches

USER_TOKEN_LIFETIME: Final = timedelta(days=10)
"""Infisical's JWT_AUTH_LIFETIME, by default."""

Clock: TypeAlias = Callable[[], datetime]
Table: TypeAlias = dict[str, Json]


def real_time() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class World:
    """The data of both services; make one with `World.seed`, talk to it through `serve`.

    Tables hold rows by id, in the order of their making.
    """

    environment_id: str
    organization_id: str
    signing_secret: str
    clock: Clock = real_time
    switches: Switches = field(default_factory=Switches)
    last_number: int = 0
    requests_served: int = 0

    # PingOne
    worker: Json = field(default_factory=lambda: {"roles": list(ROLES)})
    """The worker application: its roles on the environment."""
    populations: Table = field(default_factory=dict)
    users: Table = field(default_factory=dict)
    groups: Table = field(default_factory=dict)
    group_members: dict[str, list[str]] = field(default_factory=dict)
    """By group: the users that were added to it directly."""
    nested_groups: dict[str, list[str]] = field(default_factory=dict)
    """By group: the groups within it."""
    plans: Table = field(default_factory=dict)
    stores: Table = field(default_factory=dict)
    rules: Table = field(default_factory=dict)
    mappings: Table = field(default_factory=dict)
    revisions: Table = field(default_factory=dict)
    published: Json = field(default_factory=dict)
    """The snapshot of the latest revision: `plans`, `stores`, `rules`, `mappings`, each a list of rows."""
    rules_to_deprovision: list[str] = field(default_factory=list)
    """Rules deleted with `deprovision=true` since the latest revision."""
    provisioned: dict[str, Table] = field(default_factory=dict)
    """By connection and person: `remote_id`, `rules`, `sent`."""
    provisioned_groups: dict[str, dict[str, str]] = field(default_factory=dict)
    """By connection and group: the group's id at the target."""
    history: list[Json] = field(default_factory=list)
    """What each revision did."""
    syncing: dict[str, int] = field(default_factory=dict)
    """By connection: how many reads still show it at work."""
    sync_failures: dict[str, dict[str, str]] = field(default_factory=dict)
    """By rule and person or group: why the latest revision did not bring them to the target."""
    unlisted: dict[str, int] = field(default_factory=dict)
    """By id: how many lists still do not show it."""

    # Infisical
    organization: Json = field(default_factory=dict)
    licence: Json = field(default_factory=dict)
    accounts: Table = field(default_factory=dict)
    members: Table = field(default_factory=dict)
    scim_tokens: Table = field(default_factory=dict)
    teams: Table = field(default_factory=dict)
    email_domains: Table = field(default_factory=dict)
    role_mappings: list[Json] = field(default_factory=list)
    custom_roles: Table = field(default_factory=dict)
    oidc: Json = field(default_factory=dict)
    identities: Table = field(default_factory=dict)
    access_tokens: Table = field(default_factory=dict)
    invitations: list[str] = field(default_factory=list)
    audit_log: list[Json] = field(default_factory=list)

    lock: RLock = field(default_factory=RLock, repr=False, compare=False)

    @classmethod
    def seed(
        cls,
        environment_id: str = ENVIRONMENT_ID,
        organization_id: str = ORGANIZATION_ID,
        clock: Clock = real_time,
        switches: Switches | None = None,
        signing_secret: str | None = None,
    ) -> World:
        """A new world with a small company, and no provisioning yet."""
        world = cls(
            environment_id=environment_id,
            organization_id=organization_id,
            signing_secret=signing_secret or secrets.token_hex(24),
            clock=clock,
            switches=switches or Switches(),
        )
        _settle_pingone(world)
        _settle_infisical(world)
        world.unlisted.clear()
        return world

    def now(self) -> datetime:
        """The time of this world, in UTC."""
        return self.clock().astimezone(UTC)

    def stamp(self) -> str:
        """The time as both services write it: UTC, in milliseconds."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

    def new_id(self) -> str:
        """The next id: shaped like a UUID of version 4, and counted."""
        self.last_number += 1
        id = f"{self.last_number:08x}-5a4d-4b0c-8000-{self.last_number:012x}"
        if self.switches.list_lag:
            self.unlisted[id] = self.switches.list_lag
        return id

    def listed(self, rows: Iterable[Json]) -> list[Json]:
        """What a list shows of these rows: with `list_lag`, not yet those that are new."""
        shown = []
        for row in rows:
            if self.unlisted.get(row.get("id", "")):
                self.unlisted[row["id"]] -= 1
            else:
                shown.append(row)
        return shown

    def letters(self, length: int) -> str:
        """The next few letters that look drawn by lot."""
        digest = hashlib.sha256(f"{self.last_number}/{self.requests_served}".encode()).digest()
        return "".join(chr(ord("a") + byte % 26) for byte in digest[:length])

    def sign(self, payload: Json) -> str:
        """A token of this world."""
        return tokens.mint(payload, self.signing_secret)

    def admin_token(self) -> str:
        """A fresh user JWT of the Infisical admin, for this world's organisation."""
        return self.user_token(ADMIN_EMAIL)

    def user_token(
        self, email: str, lifetime: timedelta = USER_TOKEN_LIFETIME, *, in_organization: bool = True
    ) -> str:
        """A user JWT as after select-organization; payload observed on a backend of June 2025."""
        rows = self.accounts.values()
        user_id = next(row["id"] for row in rows if email in (row["username"], row["email"]))
        issued = int(self.now().timestamp())
        payload: Json = {
            "authMethod": "email",
            "authTokenType": "accessToken",
            "userId": user_id,
            "tokenVersionId": user_id,
            "accessVersion": 1,
        }
        if in_organization:
            payload["organizationId"] = self.organization_id
        return self.sign({**payload, "iat": issued, "exp": issued + int(lifetime.total_seconds())})

    def token_is_live(self, token: str) -> bool:
        """Whether a text is a SCIM token that Infisical would take now."""
        try:
            row = self.scim_tokens.get(tokens.read(token, self.signing_secret, self.now())["scimTokenId"])
        except (tokens.TokenFault, KeyError):
            return False
        return row is not None and not self.is_expired(row)

    def is_expired(self, scim_token: Json) -> bool:
        """Whether a SCIM token has outlived `ttlDays`; 0 means for ever."""
        if not scim_token["ttlDays"]:
            return False
        return self.now() >= _time(scim_token["createdAt"]) + timedelta(days=scim_token["ttlDays"])

    def published_on_revoked_token(self) -> tuple[str, ...]:
        """The names of published SCIM connections whose token is dead; empty, if all is well."""
        scim = [store for store in self.published.get("stores", ()) if store["type"] == "scim"]
        return tuple(
            store["name"]
            for store in scim
            if store["configuration"]["AUTHENTICATION_METHOD"] == "OAuth 2 Bearer Token"
            and not self.token_is_live(str(store["configuration"].get("OAUTH_ACCESS_TOKEN", "")))
        )


def _time(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp.replace("Z", "+00:00"))


def _settle_pingone(world: World) -> None:
    acme = company(world.new_id, world.stamp())
    world.populations = {row["id"]: row for row in acme.populations}
    world.users = {row["id"]: row for row in acme.users}
    world.groups = {row["id"]: row for row in acme.groups}
    world.group_members = acme.members
    if world.switches.directory_premade:
        times = {"createdAt": world.stamp(), "updatedAt": world.stamp()}
        row: Json = {"id": world.new_id(), "type": "directory", "name": "PingOne Directory"}
        world.stores[row["id"]] = {**row, "managed": False, "status": "ACTIVE", **times}


def _settle_infisical(world: World) -> None:
    rows = organisation(world.new_id, world.stamp(), world.environment_id, world.organization_id)
    world.organization, world.licence, world.oidc = rows.organization, rows.licence, rows.oidc
    world.accounts = {rows.account["id"]: rows.account}
    world.members = {rows.member["id"]: rows.member}
    world.identities = {rows.identity["id"]: rows.identity}
    world.email_domains = {rows.email_domain["id"]: rows.email_domain}
