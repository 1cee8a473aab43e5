"""A group of PingOne, made here or, with `manage: false`, found by its name and never changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from pydantic import Field

from pingconf.clients import Services
from pingconf.clients.pingone import writable
from pingconf.clients.pingone_people import (
    Person,
    Population,
    join,
    leave,
    members_of,
    people_meant,
    population_id,
    population_trouble,
    populations,
)
from pingconf.model.address import Address
from pingconf.model.fields import Flag, Lifecycle, Spec, Text
from pingconf.model.kind import Advice, Kind, Made, Meaning, Objection
from pingconf.model.resource import Marker, Observed
from pingconf.model.settings import Settings
from pingconf.model.values import Attributes, Reference, Value
from pingconf.scim.canonical import canonical
from pingconf.scim.dialects import review_selection

GROUPS: Final = "/groups"
LARGEST_PAGE: Final = {"limit": "1000"}
MEMBERS: Final = "members"
USERS: Final = "pingone.users"


class GroupSpec(Spec):
    """A PingOne group."""

    name: Text | None = Field(None, description="Defaults to the key.")
    description: str | None = None
    population: Text | None = Field(None, description="Name or id; cannot be changed afterwards.")
    membership_filter: Text | None = Field(None, description="A SCIM filter: makes the group dynamic.")
    members: list[Text] | None = Field(
        None, description="User names or e-mails of all direct members; left alone where it is not written."
    )
    manage: Flag = Field(True, description="false: it must exist already; looked up by name, never changed.")
    lifecycle: Lifecycle = None


class PingOneGroup(Kind[Services]):
    """Replaced never: that would take the membership, and so access, away.

    `members` are the direct ones; nested groups and whom they bring are left alone. They are compared by id.
    Sources: developer.pingidentity.com, platform/groups and platform/users/group-membership.
    """

    section = "pingone.groups"
    noun = "group"
    spec = GroupSpec
    fixed = frozenset({"population"})
    local = frozenset({"manage"})
    deep = frozenset({MEMBERS})
    committed = True
    has_route = True

    def fill(self, key: str, attributes: Attributes, settings: Settings) -> Attributes:
        return {"name": key, **attributes}

    def review(self, attributes: Attributes, settings: Settings) -> Iterator[Objection | Advice]:
        path = "membership_filter"
        if MEMBERS in attributes:
            yield from _review_members(attributes)
        elif path in attributes:
            for one in review_selection(path, str(attributes[path])):
                yield Objection(path, one.headline, one.details) if one.wrong else Advice(path, one.headline)

    def refer_beside(self, attributes: Attributes, others: Mapping[Address, Attributes]) -> Attributes:
        """A member who is a user of the file is that user, also before PingOne has them."""
        if MEMBERS not in attributes:
            return attributes
        members = [_user_or_name(str(name), others) for name in attributes[MEMBERS]]
        return {**attributes, MEMBERS: members}

    def review_beside(
        self, attributes: Attributes, others: Mapping[Address, Attributes]
    ) -> Sequence[Objection | Advice]:
        several = {name: _users_called(name, others) for name in _names_in(attributes)}
        return [
            Objection(
                MEMBERS,
                f'members names "{name}", as several users of the file are called',
                (f"They are: {', '.join(map(str, found))}", "Write the user name of one of them."),
            )
            for name, found in several.items()
            if found
        ]

    def in_two_steps(self, attributes: Attributes) -> bool:
        """Members are added to a group that is there and written down."""
        return MEMBERS in attributes

    def unfit(self, observed: Observed) -> tuple[str, ...]:
        """Source: platform/groups; `sourceId` is set on groups from a gateway or an identity provider."""
        source = observed.facts.get("source")
        if source is None:
            return ()
        return (
            f'the group "{observed.attributes.get("name")}" is an external one, from {source}',
            "PingOne neither changes external groups nor provisions them, so no rule can name it.",
            "Make an internal group with those people, or nest the external one in it, and name that.",
        )

    def recognises(self, attributes: Attributes, observed: Observed) -> bool:
        """A name may recur in another population."""
        population = attributes.get("population")
        living = (observed.attributes.get("population"), *observed.spellings.get("population", ()))
        return super().recognises(attributes, observed) and (population is None or population in living)

    def canonical(self, path: str, value: Value) -> Value:
        if path == MEMBERS and isinstance(value, list):
            return sorted(set(value), key=str)
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

    def deepen(self, api: Services, observed: Observed, named: Collection[str]) -> Observed:
        """With its members; where a filter chooses them, with all of those, as that is not as written."""
        if MEMBERS not in named:
            return observed
        by_filter = "membership_filter" in observed.attributes
        people = members_of(api.pingone, observed.id, direct=not by_filter)
        attributes = {**observed.attributes, MEMBERS: sorted(one.id for one in people)}
        return replace(observed, attributes=attributes, names={one.id: one.names for one in people})

    def interpret(
        self, api: Services, described: Sequence[Attributes], observed: Sequence[Observed]
    ) -> Sequence[Meaning]:
        """Who is a member already, and spelled so, is known; all others are looked up together."""
        known = populations(api.pingone) if any("population" in one for one in described) else []
        names = dict.fromkeys(one for given in described for one in _names_in(given))
        people = people_meant(api.pingone, list(names), [one.names for one in observed])
        return [_meaning(one, people, known) for one in described]

    def is_partial(self, recorded: Attributes, observed: Observed) -> bool:
        """The list of users, by which members are seen, may lag behind."""
        return not set(recorded.get(MEMBERS, ())) <= set(observed.attributes.get(MEMBERS, ()))

    def create(self, api: Services, attributes: Attributes, marker: Marker) -> Made:
        body = _body(attributes)
        if "population" in attributes:
            body["population"] = {"id": population_id(api.pingone, str(attributes["population"]))}
        return Made(api.pingone.make(GROUPS, body, listed_at=GROUPS, collection="groups"))

    def update(self, api: Services, id: str, attributes: Attributes) -> None:
        """PUT whole, but for the population: read-only once the group is made. Source: update-group.html."""
        path = f"{GROUPS}/{id}"
        living = api.pingone.read(path)
        body = {**writable(living), **_body(attributes)}
        if MEMBERS in attributes:
            body.pop("userFilter", None)
        if body != writable(living):
            body.pop("population", None)
            api.pingone.replace(path, body)
        if MEMBERS in attributes:
            _set_members(api, id, attributes[MEMBERS])

    def delete(self, api: Services, id: str) -> None:
        api.pingone.delete(f"{GROUPS}/{id}")


def _body(attributes: Attributes) -> dict[str, Any]:
    fields = {"name": "name", "description": "description", "membership_filter": "userFilter"}
    return {theirs: attributes[ours] for ours, theirs in fields.items() if ours in attributes}


def _observed(group: Mapping[str, Any], population_names: Mapping[str, str]) -> Observed:
    attributes = {"name": group.get("name"), "description": group.get("description") or ""}
    if group.get("userFilter"):
        attributes["membership_filter"] = group["userFilter"]
    facts = {"source": str(group.get("sourceType") or "elsewhere")} if group.get("sourceId") else {}
    population = str((group.get("population") or {}).get("id", ""))
    spellings = {}
    if population:
        attributes["population"] = population_names.get(population, population)
        spellings["population"] = (population,)
    return Observed(str(group["id"]), attributes, spellings, facts)


def _population_names(api: Services) -> dict[str, str]:
    return {one.id: one.name for one in populations(api.pingone)}


def _set_members(api: Services, group_id: str, wanted: Sequence[str]) -> None:
    """Additions first: nobody is without access who shall have it."""
    living = dict.fromkeys(one.id for one in members_of(api.pingone, group_id))
    meant = dict.fromkeys(wanted)
    for id in meant:
        if id not in living:
            join(api.pingone, id, group_id)
    for id in living:
        if id not in meant:
            leave(api.pingone, id, group_id)


# ---- what members are called


def _review_members(attributes: Attributes) -> Sequence[Objection]:
    if attributes.get("membership_filter") is not None:
        details = ("A filter lets PingOne choose the members; write one of both.",)
        return [Objection(MEMBERS, "members and membership_filter exclude each other", details)]
    if not attributes["manage"]:
        details = (
            "manage: false leaves the group as it is. Leave members out, or let pingconf make a group.",
        )
        return [Objection(MEMBERS, "a group with manage: false cannot have members", details)]
    if len(set(attributes[MEMBERS])) != len(attributes[MEMBERS]):
        return [Objection(MEMBERS, "members names the same person twice")]
    return []


def _user_or_name(name: str, others: Mapping[Address, Attributes]) -> Value:
    found = _users_called(name, others)
    return Reference(found[0]) if len(found) == 1 else name


def _users_called(name: str, others: Mapping[Address, Attributes]) -> list[Address]:
    """The users of the file who have this user name or e-mail."""
    called = name.casefold()
    return [
        address
        for address, one in others.items()
        if address.section == USERS
        and called in (str(one["username"]).casefold(), str(one["email"]).casefold())
    ]


def _names_in(attributes: Attributes) -> list[str]:
    """The members who are no users of the file."""
    return [one for one in attributes.get(MEMBERS, ()) if isinstance(one, str)]


def _meaning(
    attributes: Attributes, people: Mapping[str, Sequence[Person]], known: Sequence[Population]
) -> Meaning:
    wrong = population_trouble(known, str(attributes["population"])) if "population" in attributes else ()
    objections = [Objection("population", wrong[0], wrong[1:])] if wrong else []
    objections += [
        _nobody_or_several(one, people[one]) for one in _names_in(attributes) if len(people[one]) != 1
    ]
    labels = {one.id: one.username for name in _names_in(attributes) for one in people[name]}
    if MEMBERS not in attributes or objections:
        return Meaning(attributes, labels, tuple(objections))
    members = [people[one][0].id if isinstance(one, str) else one for one in attributes[MEMBERS]]
    return Meaning({**attributes, MEMBERS: members}, labels)


def _nobody_or_several(name: str, found: Sequence[Person]) -> Objection:
    if not found:
        details = ("Expected the user name or the e-mail of somebody in PingOne, or of a user in the file.",)
        return Objection(MEMBERS, f'nobody in PingOne is called "{name}", who shall be a member', details)
    headline = f'{len(found)} people in PingOne are called "{name}", one of whom shall be a member'
    return Objection(MEMBERS, headline, (*map(str, found), "Write a name that only one of them has."))
