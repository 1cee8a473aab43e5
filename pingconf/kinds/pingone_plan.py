"""PingOne's propagation plan: the one container of all rules in an environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pingconf.clients import Services
from pingconf.clients.bodies import writable
from pingconf.model.errors import ServiceError
from pingconf.model.fields import Flag, Spec
from pingconf.model.kind import Kind, Made
from pingconf.model.resource import Marker, Observed
from pingconf.model.values import Attributes

NAME: Final = "Default Plan"
PLANS: Final = "/propagation/plans"


class PlanSpec(Spec):
    """Nothing to write: it is found, or made where there is none."""

    enabled: Flag = True


class PingOnePlan(Kind[Services]):
    """One per environment; found or made, switched on, never deleted: that would take all rules with it.

    Source: developer.pingidentity.com, propagation-plans.html.
    """

    section = "pingone.plan"
    noun = "propagation plan"
    spec = PlanSpec
    single = True
    implied_by = frozenset({"pingone.rules"})
    refusable = frozenset({"enabled"})
    adopts = True
    kept = True
    committed = True
    has_route = True

    def list(self, api: Services) -> Sequence[Observed]:
        return [_observed(plan) for plan in api.pingone.list(PLANS, "plans")]

    def read(self, api: Services, id: str) -> Observed | None:
        plan = api.pingone.find(f"{PLANS}/{id}")
        return _observed(plan) if plan else None

    def create(self, api: Services, attributes: Attributes, marker: Marker) -> Made:
        body = {"name": NAME, "status": "ACTIVE"}
        id = api.pingone.make(PLANS, body, listed_at=PLANS, collection="plans")
        return Made(id, refused=_refused(api, id))

    def update(self, api: Services, id: str, attributes: Attributes) -> Attributes:
        path = f"{PLANS}/{id}"
        api.pingone.replace(path, {**writable(api.pingone.read(path)), "status": "ACTIVE"})
        return _refused(api, id)

    def delete(self, api: Services, id: str) -> None:
        raise ServiceError("The propagation plan is never deleted")


def _observed(plan: Mapping[str, Any]) -> Observed:
    return Observed(str(plan["id"]), {"enabled": plan.get("status") == "ACTIVE"})


def _refused(api: Services, id: str) -> Attributes:
    """The documents leave open whether the status can be set; if not, rules are said to run all the same."""
    kept = api.pingone.read(f"{PLANS}/{id}").get("status") == "ACTIVE"
    return {} if kept else {"enabled": False}
