"""PingOne's revision: publishes the whole plan, and so starts provisioning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pingconf.clients import Services
from pingconf.model.errors import ServiceError
from pingconf.model.fields import Spec
from pingconf.model.kind import Kind, Made
from pingconf.model.resource import Marker, Observed
from pingconf.model.values import Attributes

REVISIONS: Final = "/propagation/revisions"
LATEST: Final = f"{REVISIONS}/id%3Alatest"


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
        return [Observed(str(latest["id"]), {})] if latest else []

    def create(self, api: Services, attributes: Attributes, marker: Marker) -> Made:
        answer = api.pingone.create(REVISIONS, None)
        return Made(str(answer.get("id") or api.pingone.read(LATEST)["id"]))

    def update(self, api: Services, id: str, attributes: Attributes) -> None:
        raise ServiceError("A revision cannot be changed")

    def delete(self, api: Services, id: str) -> None:
        raise ServiceError("A revision cannot be deleted")
