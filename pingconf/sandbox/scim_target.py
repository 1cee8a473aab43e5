"""PingOne's SCIM client: one connection's way to its target.

The requests are real ones, but the target is always the Infisical of the same world: only the path of
`SCIM_URL` counts, not its host.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

from pingconf.sandbox import infisical
from pingconf.sandbox.http import Json, Request
from pingconf.sandbox.world import World

_PATCH_SCHEMA: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_GROUP_SCHEMA: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"


class CallFailed(Exception):
    """The target could not be asked, or refused; the text has no secret. `status` is 0 if not asked."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class ScimTarget:
    """A target as a connection's configuration describes it."""

    world: World
    configuration: Json

    def allows(self, name: str) -> bool:
        """Whether a switch such as CREATE_USERS is on; the console's default is on."""
        return bool(self.configuration.get(name, True))

    def probe(self) -> None:
        """The read behind "Test Connection"; which call it really makes is not documented."""
        self._call("GET", self._users(), query="startIndex=1&count=1")

    def find_user(self, identifier: str) -> Json | None:
        """The first answer to USER_FILTER, whoever that is: one that means everybody finds a stranger."""
        filter = str(self.configuration["USER_FILTER"]).replace("%s", json.dumps(identifier)[1:-1])
        found = self._call("GET", self._users(), query=f"filter={quote(filter)}").get("Resources") or [None]
        return found[0] if isinstance(found[0], dict) else None

    def create_user(self, payload: Json) -> str:
        """Create, and the id at the target."""
        return str(self._call("POST", self._users(), body=payload).get("id"))

    def replace_user(self, id: str, payload: Json) -> None:
        """PUT, for PingOne does not PATCH users (a page of 2023; the line is gone in newer ones)."""
        self._call("PUT", f"{self._users()}/{quote(id)}", body={**payload, "id": id})

    def delete_user(self, id: str) -> None:
        self._call("DELETE", f"{self._users()}/{quote(id)}")

    @property
    def takes_groups(self) -> bool:
        return bool(self.configuration.get("GROUPS_RESOURCE"))

    def find_group(self, name: str) -> str | None:
        """Groups are matched by name after reading them all, as PingFederate's client does."""
        query = "startIndex=1&count=1000&excludedAttributes=members"
        groups = self._call("GET", self._groups(), query=query).get("Resources", [])
        return next((str(group["id"]) for group in groups if group["displayName"] == name), None)

    def read_group(self, id: str) -> Json:
        return self._call("GET", f"{self._groups()}/{quote(id)}")

    def create_group(self, name: str, members: list[Json]) -> str:
        body = {"schemas": [_GROUP_SCHEMA], "displayName": name, "members": members}
        return str(self._call("POST", self._groups(), body=body).get("id"))

    def change_group(self, id: str, operations: list[Json]) -> None:
        body = {"schemas": [_PATCH_SCHEMA], "Operations": operations}
        self._call("PATCH", f"{self._groups()}/{quote(id)}", body=body)

    def _users(self) -> str:
        return str(self.configuration.get("USERS_RESOURCE", ""))

    def _groups(self) -> str:
        return str(self.configuration.get("GROUPS_RESOURCE", ""))

    def _call(self, method: str, resource: str, *, query: str = "", body: Json | None = None) -> Json:
        try:
            address = urlsplit(str(self.configuration.get("SCIM_URL", "")))
        except ValueError as fault:
            raise CallFailed("SCIM_URL is not a URL") from fault
        path = f"{address.path}{resource}"  # as it stands: a slash too many is a 404 at Infisical
        start = path.find("/api/")
        if address.scheme not in ("http", "https") or not address.netloc or start < 0:
            raise CallFailed(f"{method} {address.path}{resource}: no such host")
        headers = {"content-type": "application/scim+json", **self._authorization()}
        content = b"" if body is None else json.dumps(body).encode()
        response = infisical.answer(self.world, Request(method, path[start:], query, headers, content))
        try:
            answer: Any = response.json()
        except ValueError:
            answer = None
        if response.status >= 400 or not isinstance(answer, dict):
            reason = (
                (answer.get("detail") or answer.get("message")) if isinstance(answer, dict) else "no JSON"
            )
            raise CallFailed(f"{method} {path} answered {response.status}: {reason}", response.status)
        return answer

    def _authorization(self) -> dict[str, str]:
        method = self.configuration.get("AUTHENTICATION_METHOD")
        if method == "OAuth 2 Bearer Token":
            credential = str(self.configuration.get("OAUTH_ACCESS_TOKEN") or "")
        elif method == "Basic Authentication":
            pair = (
                f"{self.configuration.get('BASIC_AUTH_USER')}:{self.configuration.get('BASIC_AUTH_PASSWORD')}"
            )
            credential = base64.b64encode(pair.encode()).decode()
        elif method == "None":
            return {}
        else:
            raise CallFailed(f"the authentication method {method} is not played here")
        return {"authorization": f"{self.configuration.get('AUTHORIZATION_TYPE', '')} {credential}"}
