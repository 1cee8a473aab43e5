"""Logging in to Infisical: as a person, by a token or a password, or as a machine identity."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final

from pingconf.clients.authority import Given, Shared
from pingconf.clients.door import Door
from pingconf.clients.http import Session
from pingconf.clients.infisical_errors import (
    SERVICE,
    USER_TOKEN_HELP,
    explain_choice,
    explain_identity_login,
    explain_password_login,
)
from pingconf.clients.infisical_token import ending, refuse_unfit_token
from pingconf.clients.retry import Patience
from pingconf.model.errors import CredentialError, ServiceError
from pingconf.model.settings import InfisicalSettings
from pingconf.model.values import Secret

MARGIN: Final = timedelta(seconds=30)
"""What a token of our own login must still have left when it is sent."""


class Login:
    """A person's token, given or by password, or a machine identity's access token."""

    def __init__(
        self, settings: InfisicalSettings, session: Session, patience: Patience | None = None
    ) -> None:
        self._settings = settings
        self._patience = patience or Patience(time.sleep)
        self._open = partial(Door, SERVICE, settings.url, session, patience=self._patience)
        self._token = Shared(self._log_in)

    def bearer(self) -> Secret | None:
        """A given token is looked at before each request; one of our own login is renewed before it ends, as
        Infisical answers an expired one with 403, which means much else too."""
        now = self._patience.now()
        if self._settings.token is not None:
            refuse_unfit_token(self._settings.token, self._settings.organization_id, now)
            return self._settings.token
        return self._token.get(self._lasts)

    def renew(self, refused: Secret | None) -> bool:
        if self._settings.token is not None:
            return False
        self._token.forget(refused)
        return True

    def _lasts(self, token: Secret) -> bool:
        ends = ending(token)
        return ends is None or ends - self._patience.now() >= MARGIN

    def _log_in(self) -> Secret:
        settings = self._settings
        if settings.email is not None and settings.password is not None:
            return self._as_user(settings.email, settings.password)
        if settings.client_id is not None and settings.client_secret is not None:
            body = {"clientId": settings.client_id, "clientSecret": settings.client_secret}
            door = self._open(explain_identity_login)
            answer = door.call("POST", "/api/v1/auth/universal-auth/login", body, idempotent=True).fields
            return _token(answer, "accessToken")
        raise CredentialError("No credentials for Infisical", *USER_TOKEN_HELP)

    def _as_user(self, email: str, password: Secret) -> Secret:
        """Password login, then the choice of the organisation; only newer servers have the first route."""
        door, body = self._open(explain_password_login), {"email": email, "password": password}
        answer = door.call("POST", "/api/v3/auth/login", body, idempotent=True).fields
        door = self._open(explain_choice, authority=Given(_token(answer, "accessToken")))
        choice = {"organizationId": self._settings.organization_id}
        chosen = door.call("POST", "/api/v3/auth/select-organization", choice, idempotent=True).fields
        if chosen.get("isMfaEnabled"):
            raise CredentialError("This Infisical user logs in with a second factor", *USER_TOKEN_HELP)
        return _token(chosen, "token")


def _token(fields: Mapping[str, Any], name: str) -> Secret:
    token = fields.get(name)
    if not isinstance(token, Secret):
        raise ServiceError("Infisical answered the login without a token")
    return token
