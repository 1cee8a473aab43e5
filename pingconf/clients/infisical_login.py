"""Logging in to Infisical: as a person, by a token or a password, or as a machine identity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pingconf.clients.authority import Given
from pingconf.clients.door import Door
from pingconf.clients.http import Session
from pingconf.clients.infisical_errors import SERVICE, USER_TOKEN_HELP, explain
from pingconf.clients.retry import Patience
from pingconf.model.errors import CredentialError, ServiceError
from pingconf.model.settings import InfisicalSettings
from pingconf.model.values import Secret


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


def _token(fields: Mapping[str, Any], name: str) -> Secret:
    token = fields.get(name)
    if not isinstance(token, Secret):
        raise ServiceError("Infisical answered the login without a token")
    return token
