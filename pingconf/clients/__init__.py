"""Speaks HTTP to the two services. Raises only the house's own errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # both take all of HTTP along, which the kinds do not need to describe themselves
    from pingconf.clients.infisical import Infisical
    from pingconf.clients.pingone import PingOne


@dataclass(frozen=True, slots=True)
class Services:
    """Both services, as the kinds are handed them."""

    pingone: PingOne
    infisical: Infisical
