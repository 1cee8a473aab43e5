"""Infisical's management API: the SCIM switch, SCIM tokens, members and groups.

Sources: the public documentation, and a self-hosted backend of June 2025 as observed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, TypeVar

from pingconf.clients.answer import Answer
from pingconf.clients.authority import Given
from pingconf.clients.door import Door, unknown_outcome
from pingconf.clients.http import Session, jwt_claims
from pingconf.clients.infisical_errors import SERVICE, explain, explain_scim
from pingconf.clients.infisical_group_roles import GroupRoles
from pingconf.clients.infisical_login import Login
from pingconf.clients.retry import Patience
from pingconf.model.errors import NotFoundError, ServiceError, UnknownOutcomeError
from pingconf.model.settings import InfisicalSettings
from pingconf.model.values import Secret

T = TypeVar("T")
PAGE: Final = 100
"""People of a group at a time, the most that the route gives."""


class Infisical:
    """One organisation. Every method is one request."""

    def __init__(
        self, settings: InfisicalSettings, session: Session, patience: Patience | None = None
    ) -> None:
        self.organization_id = settings.organization_id
        self._open = partial(Door, SERVICE, settings.url, session, patience=patience)
        self._door = self._open(explain, authority=Login(settings, session, patience))
        self.group_roles = GroupRoles(self._door, settings.organization_id)

    def organization(self) -> Mapping[str, Any]:
        """The organisation with its `scimEnabled`."""
        path = f"/api/v1/organization/{self.organization_id}"
        return _field(self._door.call("GET", path), "organization", dict, path)

    def switch_scim(self, enabled: bool) -> None:
        """Turn SCIM provisioning on or off; the service wants an active SSO set-up before it turns it on."""
        path = f"/api/v1/organization/{self.organization_id}"
        fields = self._door.call("PATCH", path, {"scimEnabled": enabled}).fields
        answer = fields.get("organization")
        if not isinstance(answer, dict):
            raise unknown_outcome(SERVICE, f"PATCH {path}", "it answered without the organisation")
        if answer.get("scimEnabled", enabled) is not enabled:
            headline = "Infisical accepted the SCIM switch but did not turn it"
            raise ServiceError(headline, f"Request: PATCH {path}")

    def scim_tokens(self) -> list[Mapping[str, Any]]:
        """Every SCIM token of the organisation, without secrets."""
        path = "/api/v1/scim/scim-tokens"
        answer = self._door.call("GET", path, query={"organizationId": self.organization_id})
        rows = _field(answer, "scimTokens", list, path)
        if not all(isinstance(row, dict) and isinstance(row.get("id"), str) for row in rows):
            raise ServiceError("Infisical answered its SCIM tokens in an unknown form")
        return rows

    def create_scim_token(self, description: str, ttl_days: int) -> tuple[str, Secret]:
        """Make a token; its id is read out of the token itself, as the answer holds nothing else."""
        body = {"organizationId": self.organization_id, "description": description, "ttlDays": ttl_days}
        secret = self._door.call("POST", "/api/v1/scim/scim-tokens", body).fields.get("scimToken")
        token_id = jwt_claims(secret).get("scimTokenId") if isinstance(secret, Secret) else None
        if not isinstance(secret, Secret) or not isinstance(token_id, str):
            raise UnknownOutcomeError("Infisical made a SCIM token but answered in an unknown form")
        return token_id, secret

    def delete_scim_token(self, id: str) -> None:
        """Revoke a token; it stops working at once. One that is gone already is a success."""
        path = f"/api/v1/scim/scim-tokens/{id}"
        try:
            answer = self._door.call("DELETE", path)
        except NotFoundError:
            return
        if not answer.fields:
            raise unknown_outcome(SERVICE, f"DELETE {path}", "it answered without the token that is revoked")

    def look_up(self, secret: Secret, filter: str) -> int:
        """How many people the SCIM server finds, asked with a SCIM token as PingOne will ask; more than one
        counts as two. Raises what a refusal of the token means."""
        path = "/api/v1/scim/Users"
        query = {"startIndex": "1", "count": "2", "filter": filter}
        answer = self._open(explain_scim, authority=Given(secret)).call("GET", path, query=query)
        return len(_field(answer, "Resources", list, path))

    def members(self) -> list[Mapping[str, Any]]:
        """Everybody in the organisation: role, status, isActive and user."""
        path = f"/api/v1/organization/{self.organization_id}/users"
        return _field(self._door.call("GET", path), "users", list, path)

    def groups(self) -> list[Mapping[str, Any]]:
        """All groups; the service answers a bare list."""
        answer = self._door.call("GET", "/api/v1/groups").data
        if not isinstance(answer, list):
            raise ServiceError("Infisical answered its groups in an unknown form")
        return answer

    def group_members(self, group_id: str) -> int:
        """How many people are in a group."""
        path = f"/api/v1/groups/{group_id}/users"
        query = {"filter": "existingMembers", "limit": "1", "offset": "0"}
        return int(_field(self._door.call("GET", path, query=query), "totalCount", int, path))

    def group_people(self, group_id: str) -> list[Mapping[str, Any]]:
        """Everybody in a group: e-mail and username, a page at a time."""
        path, found = f"/api/v1/groups/{group_id}/users", list[Mapping[str, Any]]()
        while True:
            query = {"filter": "existingMembers", "limit": str(PAGE), "offset": str(len(found))}
            answer = self._door.call("GET", path, query=query)
            rows, total = _field(answer, "users", list, path), _field(answer, "totalCount", int, path)
            found += rows
            if not rows or len(found) >= total:
                return [row for row in found if row.get("isPartOfGroup") is not False]

    def status(self) -> Answer:
        """What the server says of itself to anybody, with the headers of its answer."""
        return self._open(explain).call("GET", "/api/status")

    def licence(self) -> Mapping[str, Any]:
        """What the plan of the organisation includes, as flags by name; a machine identity may ask, too."""
        path = f"/api/v1/organizations/{self.organization_id}/plan"
        return _field(self._door.call("GET", path), "plan", dict, path)

    def listed_organization(self) -> Mapping[str, Any]:
        """The organisation as the list of one's own shows it, with `orgAuthMethod`, which its route lacks.

        Empty where the list does not hold it.
        """
        path = "/api/v1/organization"
        rows = _field(self._door.call("GET", path), "organizations", list, path)
        return next((row for row in rows if row.get("id") == self.organization_id), {})

    def email_domains(self) -> list[Mapping[str, Any]]:
        """The e-mail domains of the organisation; raises ServiceError with status 404 where the server is
        older than their verification (2026)."""
        path = "/api/v1/email-domains"
        return _field(self._door.call("GET", path), "emailDomains", list, path)


def _field(answer: Answer, name: str, kind: type[T], path: str) -> T:
    value = answer.fields.get(name)
    if not isinstance(value, kind):
        advice = "An empty answer may mean the wrong kind of credential."
        raise ServiceError(f"Infisical answered {path} without {name}", advice)
    return value
