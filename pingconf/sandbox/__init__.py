"""The embedded services: PingOne's management API and Infisical, played from what is known of them.

One `World` holds the data of both; `serve` answers a request; two doors lead to it. A revision in this
PingOne really provisions people into this Infisical, over SCIM.
"""

from pingconf.sandbox.doors import LoopbackServer, SandboxAdapter
from pingconf.sandbox.http import Request, Response
from pingconf.sandbox.saved import from_json, to_json
from pingconf.sandbox.seed import (
    ADMIN_EMAIL,
    ADMIN_PASSWORD,
    CLIENT_ID,
    CLIENT_SECRET,
    ENVIRONMENT_ID,
    IDENTITY_CLIENT_ID,
    IDENTITY_CLIENT_SECRET,
    ORGANIZATION_ID,
)
from pingconf.sandbox.service import serve
from pingconf.sandbox.switches import Switches
from pingconf.sandbox.world import World

__all__ = [
    "ADMIN_EMAIL",
    "ADMIN_PASSWORD",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "ENVIRONMENT_ID",
    "IDENTITY_CLIENT_ID",
    "IDENTITY_CLIENT_SECRET",
    "ORGANIZATION_ID",
    "LoopbackServer",
    "Request",
    "Response",
    "SandboxAdapter",
    "Switches",
    "World",
    "from_json",
    "serve",
    "to_json",
]
