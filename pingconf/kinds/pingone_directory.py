"""The source of all outbound provisioning: PingOne's own directory as a store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pingconf.clients import Services
from pingconf.model.errors import ServiceError
from pingconf.model.fields import Spec
from pingconf.model.kind import Kind, Made
from pingconf.model.resource import Marker, Observed
from pingconf.model.values import Attributes

NAME: Final = "PingOne Directory"
STORES: Final = "/propagation/stores"


class DirectorySpec(Spec):
    """Nothing to write: it is found, or made where there is none."""


class PingOneDirectory(Kind[Services]):
    """Found or made, never changed, never deleted: others' rules may start from it too.

    Source: developer.pingidentity.com, propagation-stores/create-store-directory.html.
    """

    section = "pingone.directory"
    noun = "directory"
    spec = DirectorySpec
    single = True
    implied_by = frozenset({"pingone.rules"})
    adopts = True
    kept = True
    committed = True
    has_route = True

    def list(self, api: Services) -> Sequence[Observed]:
        stores = [one for one in api.pingone.list(STORES, "stores") if one.get("type") == "directory"]
        named = [one for one in stores if one.get("name") == NAME]
        return [Observed(str(one["id"]), {}) for one in (named if len(stores) > 1 else stores)]

    def read(self, api: Services, id: str) -> Observed | None:
        return Observed(id, {}) if api.pingone.find(f"{STORES}/{id}") else None

    def create(self, api: Services, attributes: Attributes, marker: Marker) -> Made:
        body = {"type": "directory", "name": NAME}
        return Made(api.pingone.make(STORES, body, listed_at=STORES, collection="stores"))

    def update(self, api: Services, id: str, attributes: Attributes) -> None:
        raise ServiceError("The directory store is never changed")

    def delete(self, api: Services, id: str) -> None:
        raise ServiceError("The directory store is never deleted")
