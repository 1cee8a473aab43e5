"""PingOne's revision: publishes the whole plan, and so starts provisioning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pingconf.clients import Services
from pingconf.model.errors import ServiceError
from pingconf.model.fields import Spec
from pingconf.model.kind import Kind, Made, Outstanding
from pingconf.model.resource import Marker, Observed
from pingconf.model.values import Attributes, moment_of

REVISIONS: Final = "/propagation/revisions"
LATEST: Final = f"{REVISIONS}/id%3Alatest"
STORES: Final = "/propagation/stores"
RULES: Final = "/propagation/rules"
NEVER: Final = datetime.min.replace(tzinfo=UTC)


class RevisionSpec(Spec):
    """Nothing to write: one is made after every apply that changed something it publishes."""


class PingOneRevision(Kind[Services]):
    """A commit: its only verb is create.

    Source: developer.pingidentity.com, propagation-revisions/create-revision-1.html: no request body.
    """

    section = "pingone.revision"
    noun = "revision"
    spec = RevisionSpec
    single = True
    implied_by = frozenset({"pingone.connections", "pingone.rules"})
    commits = True

    def list(self, api: Services) -> Sequence[Observed]:
        """The latest one alone: there is no list of revisions."""
        latest = api.pingone.find(LATEST)
        if latest is None:
            return []
        return [Observed(str(latest["id"]), {}, facts={"created_at": str(latest.get("createdAt", ""))})]

    def create(self, api: Services, attributes: Attributes, marker: Marker) -> Made:
        answer = api.pingone.create(REVISIONS, None)
        return Made(str(answer.get("id") or api.pingone.read(LATEST)["id"]))

    def outstanding(self, api: Services, latest: Observed | None) -> Sequence[Outstanding]:
        """Connections and rules changed since the latest revision, by their time stamps.

        A deletion leaves no trace, and no list shows the mappings of all rules. Whether PingOne's own doings
        move the time stamp of a connection is not documented, so what is no younger than its last
        provisioning is not counted.
        """
        published = _when(latest.facts["created_at"]) if latest else NEVER
        stores = [one for one in api.pingone.list(STORES, "stores") if one.get("type") != "directory"]
        changed = (("connection", stores), ("rule", api.pingone.list(RULES, "rules")))
        return [
            Outstanding(str(row["id"]), noun, str(row.get("name")), _changed_at(row))
            for noun, rows in changed
            for row in rows
            if _when(_changed_at(row)) > max(published, _when(_provisioned_at(row)))
        ]

    def update(self, api: Services, id: str, attributes: Attributes) -> None:
        raise ServiceError("A revision cannot be changed")

    def delete(self, api: Services, id: str) -> None:
        raise ServiceError("A revision cannot be deleted")


def _changed_at(row: Mapping[str, Any]) -> str:
    return str(row.get("updatedAt") or row.get("createdAt") or "")


def _provisioned_at(row: Mapping[str, Any]) -> str:
    return str((row.get("syncStatus") or {}).get("lastSyncAt") or "")


def _when(stamp: str) -> datetime:
    """What is no time stamp is before everything else."""
    return moment_of(stamp) or NEVER
