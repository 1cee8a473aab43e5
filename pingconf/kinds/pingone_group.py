"""A group of PingOne, made here or, with `manage: false`, found by its name and never changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import Field

from pingconf.clients import Services
from pingconf.clients.pingone import writable
from pingconf.model.errors import ServiceError
from pingconf.model.fields import Flag, Lifecycle, Spec, Text
from pingconf.model.kind import Advice, Kind, Made, Objection
from pingconf.model.resource import Marker, Observed
from pingconf.model.settings import Settings
from pingconf.model.values import Attributes, Value
from pingconf.scim.canonical import canonical
from pingconf.scim.dialects import review_selection

GROUPS: Final = "/groups"
LARGEST_PAGE: Final = {"limit": "1000"}


class GroupSpec(Spec):
    """A PingOne group."""

    name: Text | None = Field(None, description="Defaults to the key.")
    description: str | None = None
    population: Text | None = Field(None, description="Name or id; cannot be changed afterwards.")
    membership_filter: Text | None = Field(None, description="A SCIM filter: makes the group dynamic.")
    manage: Flag = Field(True, description="false: it must exist already; looked up by name, never changed.")
    lifecycle: Lifecycle = None


class PingOneGroup(Kind[Services]):
    """Replaced never: that would take the membership, and so access, away.

    Source: developer.pingidentity.com, platform/groups.
    """

    section = "pingone.groups"
    noun = "group"
    spec = GroupSpec
    fixed = frozenset({"population"})
    local = frozenset({"manage"})
    committed = True
    has_route = True

    def fill(self, key: str, attributes: Attributes, settings: Settings) -> Attributes:
        return {"name": key, **attributes}

    def review(self, attributes: Attributes, settings: Settings) -> Iterator[Objection | Advice]:
        path = "membership_filter"
        for one in review_selection(path, str(attributes[path])) if path in attributes else ():
            yield Objection(path, one.headline, one.details) if one.wrong else Advice(path, one.headline)

    def recognises(self, attributes: Attributes, observed: Observed) -> bool:
        """A name may recur in another population."""
        population = attributes.get("population")
        living = (observed.attributes.get("population"), *observed.spellings.get("population", ()))
        return super().recognises(attributes, observed) and (population is None or population in living)

    def canonical(self, path: str, value: Value) -> Value:
        return canonical(str(value)) if path == "membership_filter" and value else value

    def list(self, api: Services) -> Sequence[Observed]:
        groups = api.pingone.list(GROUPS, "groups", LARGEST_PAGE)
        inside = any(group.get("population") for group in groups)
        names = _population_names(api) if inside else {}
        return [_observed(group, names) for group in groups]

    def read(self, api: Services, id: str) -> Observed | None:
        group = api.pingone.find(f"{GROUPS}/{id}")
        if group is None:
            return None
        return _observed(group, _population_names(api) if group.get("population") else {})

    def create(self, api: Services, attributes: Attributes, marker: Marker) -> Made:
        body = _body(attributes)
        if "population" in attributes:
            body["population"] = {"id": _population_id(api, str(attributes["population"]))}
        return Made(api.pingone.make(GROUPS, body, listed_at=GROUPS, collection="groups"))

    def update(self, api: Services, id: str, attributes: Attributes) -> None:
        """PUT whole, but for the population: read-only once the group is made. Source: update-group.html."""
        path = f"{GROUPS}/{id}"
        kept = writable(api.pingone.read(path))
        kept.pop("population", None)
        api.pingone.replace(path, {**kept, **_body(attributes)})

    def delete(self, api: Services, id: str) -> None:
        api.pingone.delete(f"{GROUPS}/{id}")


def _body(attributes: Attributes) -> dict[str, Any]:
    fields = {"name": "name", "description": "description", "membership_filter": "userFilter"}
    return {theirs: attributes[ours] for ours, theirs in fields.items() if ours in attributes}


def _observed(group: Mapping[str, Any], population_names: Mapping[str, str]) -> Observed:
    attributes = {"name": group.get("name"), "description": group.get("description") or ""}
    if group.get("userFilter"):
        attributes["membership_filter"] = group["userFilter"]
    population = str((group.get("population") or {}).get("id", ""))
    spellings = {}
    if population:
        attributes["population"] = population_names.get(population, population)
        spellings["population"] = (population,)
    return Observed(str(group["id"]), attributes, spellings)


def _population_names(api: Services) -> dict[str, str]:
    populations = api.pingone.list("/populations", "populations")
    return {str(one["id"]): str(one.get("name")) for one in populations}


def _population_id(api: Services, wanted: str) -> str:
    names = _population_names(api)
    found = [id for id, name in names.items() if wanted in (id, name)]
    if len(found) == 1:
        return found[0]
    seen = ", ".join(sorted(names.values()))
    problem = f"has {len(found)} populations" if found else "has no population"
    raise ServiceError(f'PingOne {problem} called "{wanted}"', f"It has: {seen}.")
