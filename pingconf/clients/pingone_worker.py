"""The worker application at PingOne's token endpoint.

Sources: apidocs.pingidentity.com/pingone, worker applications; docs.pingidentity.com, token endpoint
authentication methods.
"""

from __future__ import annotations

import time
from typing import Any, Final

from pingconf.clients.authority import Shared
from pingconf.clients.door import Door
from pingconf.clients.http import FORM, Session
from pingconf.clients.pingone_errors import ROLES, UnsupportedMethodError, explain_token
from pingconf.clients.retry import Patience
from pingconf.model.errors import CredentialError, ServiceError
from pingconf.model.settings import PingOneSettings
from pingconf.model.values import Secret

SERVICE: Final = "PingOne"
LIFE: Final = 3600.0
"""Seconds that an access token lives unless the answer says otherwise."""
RENEW_EARLY: Final = 60.0
"""Seconds before its end at which an access token is replaced."""


class WorkerToken:
    """The access token of the worker application: kept in memory, renewed early, by HTTP Basic or form."""

    def __init__(self, settings: PingOneSettings, session: Session, patience: Patience | None = None) -> None:
        self._settings = settings
        self._door = Door(SERVICE, settings.auth_url, session, explain_token, patience=patience)
        self._token = Shared(self._ask, settings.access_token)
        self._until = float("inf")

    def bearer(self) -> Secret | None:
        return self._token.get(lambda _: time.monotonic() <= self._until)

    def renew(self, refused: Secret | None) -> bool:
        if self._settings.client_secret is None or self._settings.client_id is None:
            return False
        self._token.forget(refused)
        return True

    def _ask(self) -> Secret:
        client_id, secret = self._settings.client_id, self._settings.client_secret
        if client_id is None or secret is None:
            raise CredentialError(
                "No credentials for PingOne",
                "Set PINGONE_CLIENT_ID and PINGONE_CLIENT_SECRET of a worker application.",
                ROLES,
            )
        path = f"/{self._settings.auth_environment_id}/as/token"
        form: dict[str, Any] = {"grant_type": "client_credentials"}
        basic = (client_id, secret)
        try:
            answer = self._door.call(
                "POST", path, form, content_type=FORM, basic=basic, idempotent=True
            ).fields
        except UnsupportedMethodError:
            form |= {"client_id": client_id, "client_secret": secret}
            answer = self._door.call("POST", path, form, content_type=FORM, idempotent=True).fields
        token = answer.get("access_token")
        if not isinstance(token, Secret):
            raise ServiceError(f"{SERVICE} answered the token request without an access token")
        life = answer.get("expires_in")
        self._until = time.monotonic() + (life if isinstance(life, int | float) else LIFE) - RENEW_EARLY
        return token
