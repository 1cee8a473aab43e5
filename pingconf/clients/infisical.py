"""Infisical's management API: the SCIM switch, SCIM tokens, members, and what its errors mean.

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
from pingconf.clients.retry import Patience
from pingconf.model.errors import (
    CredentialError,
    NotFoundError,
    PingconfError,
    ServiceError,
    UnknownOutcomeError,
    UserNeededError,
)
from pingconf.model.settings import InfisicalSettings
from pingconf.model.values import Secret

T = TypeVar("T")
SERVICE: Final = "Infisical"
USER_TOKEN_HELP: Final = (
    "Infisical lets only a person read and make SCIM tokens, never a machine identity.",
    "Log in with `infisical login`, then: export INFISICAL_TOKEN=$(infisical user get token --plain)",
)


class Infisical:
    """One organisation. Every method is one request."""

    def __init__(
        self, settings: InfisicalSettings, session: Session, patience: Patience | None = None
    ) -> None:
        self.organization_id = settings.organization_id
        self._open = partial(Door, SERVICE, settings.url, session, explain, patience=patience)
        self._door = self._open(authority=Login(settings, session, patience))

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
        answer = self._open(authority=Given(secret)).call("GET", path, query=query)
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

    def status(self) -> Answer:
        """What the server says of itself to anybody, with the headers of its answer."""
        return self._open().call("GET", "/api/status")

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


class Login:
    """A person's token, given or by password, or a machine identity's access token."""

    def __init__(
        self, settings: InfisicalSettings, session: Session, patience: Patience | None = None
    ) -> None:
        self._settings = settings
        self._session = session
        self._patience = patience
        self._door = Door(SERVICE, settings.url, session, explain, patience=patience)
        self._token = settings.token

    def bearer(self) -> Secret | None:
        if self._token is None:
            self._token = self._log_in()
        return self._token

    def renew(self) -> bool:
        if self._settings.token is not None:
            return False
        self._token = None
        return True

    def _log_in(self) -> Secret:
        settings = self._settings
        if settings.email is not None and settings.password is not None:
            return self._as_user(settings.email, settings.password)
        if settings.client_id is not None and settings.client_secret is not None:
            body = {"clientId": settings.client_id, "clientSecret": settings.client_secret}
            answer = self._door.call("POST", "/api/v1/auth/universal-auth/login", body).fields
            return _token(answer, "accessToken")
        raise CredentialError("No credentials for Infisical", *USER_TOKEN_HELP)

    def _as_user(self, email: str, password: Secret) -> Secret:
        """Password login, then the choice of the organisation; only newer servers have the first route."""
        answer = self._door.call("POST", "/api/v3/auth/login", {"email": email, "password": password}).fields
        authority = Given(_token(answer, "accessToken"))
        door = Door(
            SERVICE, self._settings.url, self._session, explain, authority=authority, patience=self._patience
        )
        body = {"organizationId": self._settings.organization_id}
        chosen = door.call("POST", "/api/v3/auth/select-organization", body).fields
        if chosen.get("isMfaEnabled"):
            raise CredentialError("This Infisical user logs in with a second factor", *USER_TOKEN_HELP)
        return _token(chosen, "token")


def explain(answer: Answer, what: str) -> PingconfError:
    """An error body in plain words."""
    fields = answer.fields
    message = _message(fields)
    error = str(fields.get("error", ""))
    where = f"Request: {what}" + (f", request id {fields['reqId']}" if fields.get("reqId") else "")
    if error.startswith("Forbidden access to"):
        return UserNeededError("Infisical refuses this kind of token", *USER_TOKEN_HELP, where)
    if error == "TokenError" or answer.status == 401:
        return CredentialError(f"Infisical does not accept the token: {message}", *USER_TOKEN_HELP, where)
    if answer.status == 403:
        return CredentialError(
            f"Infisical forbids this: {message}",
            "The user needs the organisation role admin, or a role with the SCIM and settings permissions.",
            where,
        )
    if answer.status == 404 and error != "NotFound" and "reqId" not in fields:
        headline = "Infisical knows no such path"
        return ServiceError(headline, "Check infisical.url in the file.", where, status=404)
    if answer.status == 404:
        return NotFoundError(f"Infisical does not find it: {message}", where, status=404)
    if "plan restriction" in message:
        return ServiceError(
            f"Infisical's licence does not allow this: {message}",
            "SCIM needs the Enterprise tier, or a self-hosted licence that holds it.",
            where,
            status=answer.status,
        )
    if "neither SAML or OIDC" in message:
        return ServiceError(
            "Infisical switches SCIM on only where single sign-on is active",
            "Set up and activate PingOne OIDC for this organisation first.",
            where,
            status=answer.status,
        )
    return ServiceError(f"Infisical refuses: {message}", where, status=answer.status)


def _message(fields: Mapping[str, Any]) -> str:
    """The message, which is a text, or a list of validation issues, or a SCIM detail."""
    message = fields.get("message", fields.get("detail", ""))
    if isinstance(message, list):
        issues = [issue for issue in message if isinstance(issue, dict)]
        return "; ".join(f"{'.'.join(map(str, i.get('path', [])))}: {i.get('message')}" for i in issues)
    return str(message)


def _token(fields: Mapping[str, Any], name: str) -> Secret:
    token = fields.get(name)
    if not isinstance(token, Secret):
        raise ServiceError("Infisical answered the login without a token")
    return token


def _field(answer: Answer, name: str, kind: type[T], path: str) -> T:
    value = answer.fields.get(name)
    if not isinstance(value, kind):
        advice = "An empty answer may mean the wrong kind of credential."
        raise ServiceError(f"Infisical answered {path} without {name}", advice)
    return value
