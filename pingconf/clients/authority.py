"""Who gives a request its bearer token."""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import copy
from typing import Protocol

from pingconf.model.errors import PingconfError
from pingconf.model.values import Secret


class Authority(Protocol):
    """Who gives the bearer token of a service and can get a fresh one."""

    def bearer(self) -> Secret | None:
        """The token to send now; None sends none."""

    def renew(self, refused: Secret | None) -> bool:
        """Forget this token, unless there is another already; false where no other can be had."""


class Anonymous:
    """Sends no token: for the requests that get one."""

    def bearer(self) -> Secret | None:
        return None

    def renew(self, refused: Secret | None) -> bool:
        return False


class Given:
    """Sends one token that cannot be renewed."""

    def __init__(self, token: Secret) -> None:
        self._token = token

    def bearer(self) -> Secret | None:
        return self._token

    def renew(self, refused: Secret | None) -> bool:
        return False


class Shared:
    """A token that all threads use: it is asked for once, however many miss it or see it refused.

    Who waits while another asks gets the same token, or the same error: were a wrong password sent by each
    thread, some services would lock the account.
    """

    def __init__(self, ask: Callable[[], Secret], token: Secret | None = None) -> None:
        self._ask = ask
        self._token = token
        self._lock = threading.Lock()
        self._times_asked = 0
        self._failure: PingconfError | None = None

    def get(self, is_good: Callable[[Secret], bool]) -> Secret:
        """The token, or a new one where there is none that is good; raises what asking for one raises."""
        before = self._times_asked
        with self._lock:
            if self._token is not None and is_good(self._token):
                return self._token
            if self._failure is not None and self._times_asked != before:
                raise copy(self._failure)
            self._failure = None
            try:
                self._token = self._ask()
            except PingconfError as failure:
                self._failure = copy(failure)  # without its traceback, whose frames hold secrets
                raise
            finally:
                self._times_asked += 1
            return self._token

    def forget(self, refused: Secret | None) -> None:
        """Let the next one ask anew, unless another has already."""
        with self._lock:
            if self._token is refused:
                self._token = None
