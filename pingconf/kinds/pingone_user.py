"""A person whom the file owns, such as a test person: made, changed, disabled; deleted only where asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from pydantic import Field

from pingconf.clients import Services
from pingconf.clients.pingone_people import (
    LARGEST_PAGE,
    USERS,
    population_id,
    population_trouble,
    populations,
    rows_with,
    user_query,
)
from pingconf.model.address import Address
from pingconf.model.beside import Beside
from pingconf.model.fields import Flag, Lifecycle, Spec, Text
from pingconf.model.kind import Advice, Kind, Made, Meaning, Objection
from pingconf.model.resource import Marker, Observed
from pingconf.model.settings import Settings
from pingconf.model.values import Attributes, Value

FIELDS: Final = {"username": "username", "email": "email"}
NAME_PARTS: Final = {"given_name": "given", "family_name": "family"}


class UserSpec(Spec):
    """A person in PingOne's directory whom the file owns."""

    username: Text | None = Field(None, description="Defaults to the key.")
    email: Text = Field(description="The e-mail; Infisical knows people by it.")
    given_name: Text | None = None
    family_name: Text | None = None
    population: Text | None = Field(None, description="Name or id; default: the default population.")
    enabled: Flag = Field(True, description="Whether they may sign on.")
    lifecycle: Lifecycle = None


class PingOneUser(Kind[Services]):
    """Made, then put right: `enabled` and the population have calls of their own.

    Sources: developer.pingidentity.com, platform/users: update-user-patch.html (PATCH changes what it names
    and leaves the rest; PUT would clear it), update-user-enabled.html, update-user-population.html. A user
    name is unique within the environment: workflow-library, group-management, step-3-create-a-user.html.
    """

    section = "pingone.users"
    noun = "user"
    spec = UserSpec
    named_by = "username"
    two_steps = True
    committed = True
    listed = False
    has_route = True
    spared = "the account is disabled and stays, as users are deleted with --delete-users only"

    def fill(self, key: str, attributes: Attributes, settings: Settings) -> Attributes:
        return {"username": key, **attributes}

    def review(self, attributes: Attributes, settings: Settings) -> Sequence[Objection | Advice]:
        name, at, domain = str(attributes["email"]).rpartition("@")
        if name and at and domain and " " not in f"{name}{domain}":
            return []
        return [Objection("email", f'"{attributes["email"]}" is no e-mail', ("Expected: name@domain",))]

    def review_beside(
        self, attributes: Attributes, others: Mapping[Address, Attributes]
    ) -> Sequence[Objection | Advice]:
        for address in Beside.of(others).called(str(attributes["username"]), self.section, "username")[:1]:
            headline = f"username is the same as that of {address}"
            return [Objection("username", headline, ("PingOne has one user of a name only.",))]
        return []

    def recognises(self, attributes: Attributes, observed: Observed) -> bool:
        """By the user name, whose capitals do not count."""
        return self.known_as(attributes) == self.known_as(observed.attributes)

    def known_as(self, attributes: Attributes) -> str:
        return str(attributes.get("username")).casefold()

    def label(self, address: Address, attributes: Attributes) -> str:
        """As it is written among the members of a group."""
        return str(attributes["username"])

    def canonical(self, path: str, value: Value) -> Value:
        """Nothing documented says whether PingOne keeps capitals as they were sent."""
        return value.casefold() if path in FIELDS and isinstance(value, str) else value

    def is_released(self, attributes: Attributes) -> bool:
        return attributes.get("enabled") is False

    def list(self, api: Services) -> Sequence[Observed]:
        return _all_observed(api, api.pingone.list(USERS, "users", {"limit": LARGEST_PAGE}))

    def seek(
        self, api: Services, likenesses: Sequence[Attributes], ids: Collection[str]
    ) -> Sequence[Observed]:
        """There may be a hundred thousand; those who concern us are found by a filter."""
        names = [("username", str(one["username"])) for one in likenesses]
        return _all_observed(api, rows_with(api.pingone, [*(("id", id) for id in sorted(ids)), *names]))

    def read(self, api: Services, id: str) -> Observed | None:
        user = api.pingone.find(f"{USERS}/{id}")
        return _all_observed(api, [user])[0] if user else None

    def interpret(
        self, api: Services, described: Sequence[Attributes], observed: Sequence[Observed]
    ) -> Sequence[Meaning]:
        """A population that is not there, or there twice, is told before anything is done."""
        known = populations(api.pingone) if any("population" in one for one in described) else []
        meanings = []
        for one in described:
            wrong = population_trouble(known, str(one["population"])) if "population" in one else ()
            said = (Objection("population", wrong[0], wrong[1:]),) if wrong else ()
            meanings.append(Meaning(one, objections=said))
        return meanings

    def create(self, api: Services, attributes: Attributes, marker: Marker) -> Made:
        """The pages disagree whether a user must be given a population, so it always is: else the default."""
        body = {**_fields(attributes), "enabled": attributes["enabled"]}
        if "population" in attributes:
            body["population"] = {"id": population_id(api.pingone, str(attributes["population"]))}
        elif default := next((one.id for one in populations(api.pingone) if one.default), None):
            body["population"] = {"id": default}
        query = user_query("username", str(attributes["username"]))
        made = api.pingone.make(USERS, body, listed_at=USERS, collection="users", by="username", query=query)
        return Made(made)

    def update(self, api: Services, id: str, attributes: Attributes) -> None:
        """Whoever shall be disabled is that first, whoever shall be enabled is that last."""
        path = f"{USERS}/{id}"
        living = api.pingone.read(path)
        enabled = bool(attributes["enabled"])
        turns = living.get("enabled") is not enabled
        if turns and not enabled:
            api.pingone.turn(f"{path}/enabled", {"enabled": False})
        if "population" in attributes:
            home = population_id(api.pingone, str(attributes["population"]))
            if (living.get("population") or {}).get("id") != home:
                api.pingone.turn(f"{path}/population", {"id": home})
        changed = {
            name: value for name, value in _fields(attributes, living).items() if living.get(name) != value
        }
        if changed:
            api.pingone.change(path, changed)
        if turns and enabled:
            api.pingone.turn(f"{path}/enabled", {"enabled": True})

    def release(self, api: Services, id: str, attributes: Attributes) -> Attributes:
        """Disabled; everything else stays."""
        if api.pingone.find(f"{USERS}/{id}") is not None:
            api.pingone.turn(f"{USERS}/{id}/enabled", {"enabled": False})
        return {**attributes, "enabled": False}

    def delete(self, api: Services, id: str) -> None:
        api.pingone.delete(f"{USERS}/{id}")


def _fields(attributes: Attributes, living: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What POST and PATCH take. `name` goes whole: whether a part of it alone keeps the other is not said."""
    fields: dict[str, Any] = {theirs: attributes[ours] for ours, theirs in FIELDS.items()}
    parts = {theirs: attributes[ours] for ours, theirs in NAME_PARTS.items() if ours in attributes}
    if parts:
        fields["name"] = {**((living or {}).get("name") or {}), **parts}
    return fields


def _all_observed(api: Services, users: Sequence[Mapping[str, Any]]) -> list[Observed]:
    homes = {one.id: one.name for one in populations(api.pingone)} if users else {}
    return [_observed(user, homes) for user in users]


def _observed(user: Mapping[str, Any], homes: Mapping[str, str]) -> Observed:
    name, home = user.get("name") or {}, str((user.get("population") or {}).get("id", ""))
    attributes: Attributes = {
        **{ours: user.get(theirs) for ours, theirs in FIELDS.items()},
        **{ours: name.get(theirs) for ours, theirs in NAME_PARTS.items()},
        "population": homes.get(home, home),
        "enabled": user.get("enabled") is True,
    }
    return Observed(str(user["id"]), attributes, {"population": (home,)})
