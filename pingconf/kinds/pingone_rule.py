"""A provisioning rule with its mappings and groups: who goes through which connection, and as what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Final

from pydantic import Field

from pingconf.clients import Services
from pingconf.clients.pingone import writable
from pingconf.model.address import Address
from pingconf.model.errors import NotFoundError, ServiceError
from pingconf.model.fields import Flag, Lifecycle, Spec, Text
from pingconf.model.kind import Advice, Kind, Made, Objection, RefersTo
from pingconf.model.resource import Marker, Observed
from pingconf.model.settings import Settings
from pingconf.model.values import Attributes, Reference, Value
from pingconf.scim.canonical import canonical
from pingconf.scim.dialects import review_selection


class ExpressionSpec(Spec):
    """A value computed by the PingOne Expression Language."""

    expression: Text


RULES: Final = "/propagation/rules"
MAPPINGS: Final = "/propagation/mappings"
EVERYBODY: Final = "all"
EVERYBODY_FILTER: Final = "population.id pr"
"""A rule cannot be active without a filter; everybody is in a population."""
EXPECTED: Final = 'Expected, for example: enabled eq true and population.id eq "…", or the word all'
DEFAULT_MAPPINGS: Final[dict[str, str | ExpressionSpec]] = {
    "userName": "username",
    "workEmail": "email",
    "givenName": "name.given",
    "familyName": "name.family",
}


class RuleSpec(Spec):
    """A provisioning rule."""

    name: Text | None = Field(None, description="Defaults to the key.")
    connection: Text = Field(description="A name under pingone.connections.")
    user_filter: Text = Field(description="Who is in scope: a PingOne SCIM filter, or the word all.")
    mappings: Annotated[dict[Text, Text | ExpressionSpec], Field(min_length=1)] = Field(
        DEFAULT_MAPPINGS, description="target: source, or target: {expression: …}"
    )
    groups: list[Text] = Field([], description="Names under pingone.groups.")
    enabled: Flag = Field(True, description="The toggle of the rule.")
    lifecycle: Lifecycle = None


class PingOneRule(Kind[Services]):
    """Made inactive; its mappings follow, then it is switched on by the code that mends a drifted one.

    Source: developer.pingidentity.com, propagation-rules/create-rule.html and create-rule-mapping.html: the
    API makes no mappings of its own, and one mapping switches all defaults off.
    """

    section = "pingone.rules"
    noun = "rule"
    spec = RuleSpec
    references: ClassVar[Mapping[str, RefersTo]] = {
        "connection": RefersTo("pingone.connections"),
        "groups": RefersTo("pingone.groups"),
    }
    needs: ClassVar[Mapping[str, str]] = {"plan": "pingone.plan", "directory": "pingone.directory"}
    replaces_on = frozenset({"connection"})
    deep = frozenset({"mappings"})
    two_steps = True
    committed = True
    takes_people = True
    has_route = True

    def fill(self, key: str, attributes: Attributes, settings: Settings) -> Attributes:
        return {"name": key, **attributes}

    def review(self, attributes: Attributes, settings: Settings) -> Iterator[Objection | Advice]:
        path = "user_filter"
        for one in review_selection(path, _expression(str(attributes[path]))):
            if one.wrong:
                details = one.details or (EXPECTED,)
                yield Objection(path, one.headline, details)
            else:
                yield Advice(path, one.headline)
        if len(set(attributes["groups"])) != len(attributes["groups"]):
            yield Objection("groups", "groups names the same group twice")

    def review_beside(
        self, attributes: Attributes, others: Mapping[Address, Attributes]
    ) -> Sequence[Objection | Advice]:
        target = attributes["connection"]
        connection = others.get(target.address) if isinstance(target, Reference) else None
        if connection is None:
            return []
        if attributes["enabled"] and not connection["enabled"]:
            text = f"{target.address} is switched off; PingOne does not switch a rule on behind it"
            return [Advice("enabled", text)]
        if connection["user_identifier"] not in attributes["mappings"]:
            wanted = connection["user_identifier"]
            text = f"mappings lacks {wanted}, by which {target.address} looks people up"
            return [Advice("mappings", text)]
        return []

    def canonical(self, path: str, value: Value) -> Value:
        if path == "groups" and isinstance(value, list):
            return sorted(value, key=str)
        if path == "user_filter" and isinstance(value, str):
            return canonical(_expression(value))
        return value

    def list(self, api: Services) -> Sequence[Observed]:
        return [_observed(rule) for rule in api.pingone.list(RULES, "rules")]

    def read(self, api: Services, id: str) -> Observed | None:
        rule = api.pingone.find(f"{RULES}/{id}")
        return self.complete(api, _observed(rule)) if rule else None

    def complete(self, api: Services, observed: Observed) -> Observed:
        mappings: dict[str, Value] = {}
        for one in _list_mappings(api, observed.id):
            target = str(one.get("targetAttribute"))
            mappings[f"{target} ({one['id']})" if target in mappings else target] = _source(one)
        return replace(observed, attributes={**observed.attributes, "mappings": mappings})

    def is_partial(self, recorded: Attributes, observed: Observed) -> bool:
        return not recorded.get("mappings", {}).keys() <= observed.attributes.get("mappings", {}).keys()

    def create(self, api: Services, attributes: Attributes, marker: Marker) -> Made:
        body = {
            "name": attributes["name"],
            "plan": {"id": attributes["plan"]},
            "sourceStore": {"id": attributes["directory"]},
            "targetStore": {"id": attributes["connection"]},
            "active": False,
        }
        path = f"/propagation/plans/{attributes['plan']}/rules"
        try:
            return Made(api.pingone.make(path, body, listed_at=RULES, collection="rules"))
        except ServiceError as failure:
            if not _is_wrong_path(failure):
                raise
        return Made(api.pingone.make(RULES, body, listed_at=RULES, collection="rules"))

    def update(self, api: Services, id: str, attributes: Attributes) -> None:
        living = api.pingone.read(f"{RULES}/{id}")
        surplus = self._set_mappings(api, id, attributes["mappings"])
        body = {**writable(living), **_body(attributes)}
        if any(living.get(name) != value for name, value in body.items()):
            api.pingone.replace(f"{RULES}/{id}", body)
        for mapping_id in surplus:  # last: an active rule never goes without mappings of its own
            _delete_mapping(api, mapping_id)

    def _set_mappings(self, api: Services, rule_id: str, mappings: Mapping[str, Value]) -> Sequence[str]:
        """Add and change mappings; returns the ids of those that are too many, doubles among them."""
        listed = _list_mappings(api, rule_id)
        living = {str(one.get("targetAttribute")): one for one in reversed(listed)}
        for target, source in mappings.items():
            body = {"targetAttribute": target, **_mapping_source(source)}
            if target not in living:
                api.pingone.add(f"{RULES}/{rule_id}/mappings", body)
            elif _source(living[target]) != source:
                path = f"{MAPPINGS}/{living[target]['id']}"
                api.pingone.replace(path, {**body, "rule": {"id": rule_id}})
        kept = [living[target]["id"] for target in mappings if target in living]
        return [str(one["id"]) for one in listed if one["id"] not in kept]

    def delete(self, api: Services, id: str) -> None:
        api.pingone.delete(f"{RULES}/{id}")

    def deprovision(self, api: Services, id: str) -> None:
        """With the next revision, everybody it brought loses access. Source: delete-rule.html."""
        api.pingone.delete(f"{RULES}/{id}?deprovision=true")


def selection_of(user_filter: str) -> str | None:
    """The filter over people that a user filter is; None for everybody."""
    return None if user_filter.strip() == EVERYBODY else user_filter


def _expression(user_filter: str) -> str:
    selection = selection_of(user_filter)
    return EVERYBODY_FILTER if selection is None else selection


def _body(attributes: Attributes) -> dict[str, Any]:
    return {
        "name": attributes["name"],
        "active": attributes["enabled"],
        "populationExpression": _expression(str(attributes["user_filter"])),
        "groups": [{"id": id} for id in attributes["groups"]],
    }


def _observed(rule: Mapping[str, Any]) -> Observed:
    expression = rule.get("populationExpression")
    attributes = {
        "name": rule.get("name"),
        "connection": (rule.get("targetStore") or {}).get("id"),
        "user_filter": EVERYBODY if expression == EVERYBODY_FILTER else expression,
        "groups": [group.get("id") for group in rule.get("groups") or []],
        "enabled": bool(rule.get("active", False)),
    }
    return Observed(str(rule["id"]), attributes)


def _list_mappings(api: Services, rule_id: str) -> Sequence[Mapping[str, Any]]:
    return api.pingone.list(f"{RULES}/{rule_id}/mappings", "mappings")


def _source(mapping: Mapping[str, Any]) -> Value:
    expression = mapping.get("expression")
    return {"expression": expression} if expression else mapping.get("sourceAttribute")


def _mapping_source(source: Value) -> dict[str, Any]:
    return dict(source) if isinstance(source, Mapping) else {"sourceAttribute": source}


def _delete_mapping(api: Services, id: str) -> None:
    """The documents spell the path in the plural, an older collection in the singular.

    A 404 at the first may mean either: gone, or no such path.
    """
    known = False
    for path in (f"{MAPPINGS}/{id}", f"/propagation/mapping/{id}"):
        try:
            if api.pingone.delete(path):
                return
            known = True
        except ServiceError as failure:
            if not _is_wrong_path(failure):
                raise
    if not known:
        raise ServiceError("PingOne knows neither of the paths at which a mapping could be deleted")


def _is_wrong_path(failure: ServiceError) -> bool:
    """Nothing was done: the path or the verb does not exist. A 403 without a code is the gateway's."""
    unknown = isinstance(failure, NotFoundError)
    return unknown or failure.status == 405 or (failure.status == 403 and not failure.code)
