"""Who gives a request its bearer token."""

from __future__ import annotations

from typing import Protocol

from pingconf.model.values import Secret


class Authority(Protocol):
    """Who gives the bearer token of a service and can get a fresh one."""

    def bearer(self) -> Secret | None:
        """The token to send now; None sends none."""

    def renew(self) -> bool:
        """Forget the token that was refused; false where no other can be had."""


class Anonymous:
    """Sends no token: for the requests that get one."""

    def bearer(self) -> Secret | None:
        return None

    def renew(self) -> bool:
        return False


class Given:
    """Sends one token that cannot be renewed."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def bearer(self) -> Secret | None:
        return self._token

    def renew(self) -> bool:
        return False
