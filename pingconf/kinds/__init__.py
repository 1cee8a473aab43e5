"""Every kind of resource, one file each, in the order of a tour from the first act to the last."""

from __future__ import annotations

from typing import Final

from pingconf.clients import Services
from pingconf.kinds.infisical_scim import InfisicalScim
from pingconf.kinds.infisical_scim_token import InfisicalScimToken
from pingconf.kinds.pingone_connection import PingOneConnection
from pingconf.kinds.pingone_directory import PingOneDirectory
from pingconf.kinds.pingone_group import PingOneGroup
from pingconf.kinds.pingone_plan import PingOnePlan
from pingconf.kinds.pingone_revision import PingOneRevision
from pingconf.kinds.pingone_rule import PingOneRule
from pingconf.kinds.pingone_user import PingOneUser
from pingconf.model.kind import Kind, Kinds

_TOUR: Final[tuple[Kind[Services], ...]] = (
    InfisicalScim(),
    InfisicalScimToken(),
    PingOneDirectory(),
    PingOneConnection(),
    PingOneUser(),
    PingOneGroup(),
    PingOnePlan(),
    PingOneRule(),
    PingOneRevision(),
)
KINDS: Final[Kinds[Services]] = {kind.section: kind for kind in _TOUR}
