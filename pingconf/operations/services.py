"""Speaks to both services: over one pool of connections, and where nothing is written, ahead of time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from pingconf.clients import Services
from pingconf.clients.http import open_session as open_http
from pingconf.clients.infisical import Infisical
from pingconf.clients.pingone import PingOne
from pingconf.clients.retry import Patience
from pingconf.engine.snapshot import Ahead, list_ahead
from pingconf.kinds import KINDS
from pingconf.model.settings import Settings

if TYPE_CHECKING:
    from pingconf.sandbox import SandboxAdapter


def connect(
    settings: Settings,
    patience: Patience,
    at_once: int,
    adapter: SandboxAdapter | None = None,
    *,
    only_looks: bool = False,
) -> Services:
    """Both clients over one pool of connections, so many to each host at most.

    `only_looks` says that nothing will be written: no list is asked for twice.
    """
    http = open_http(adapter, at_once)
    return Services(
        PingOne(settings.pingone, http, patience, only_looks=only_looks),
        Infisical(settings.infisical, http, patience),
    )


SHARE: Final = 0.0005
"""Seconds for which one thread computes before it lets another: who gets an answer of a service need not wait
for the checking of a file."""


class HeadStart:
    """Both services, and the lists that were begun while the file was still being checked.

    Not for whoever writes: what is listed before the lock is held may be older than the state.
    """

    def __init__(self, patience: Patience, at_once: int) -> None:
        self._patience = patience
        self._at_once = at_once
        self.services: Services | None = None
        self.ahead: Ahead = {}

    def begin(self, settings: Settings, sections: frozenset[str]) -> None:
        """Ask for all that these sections of the file will be compared with."""
        self.services = connect(settings, self._patience, self._at_once, only_looks=True)
        sys.setswitchinterval(SHARE)
        kinds = [kind for kind in KINDS.values() if kind.section in sections or kind.implied_by & sections]
        self.ahead = list_ahead(kinds, self.services)
