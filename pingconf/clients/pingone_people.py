"""Looks up people, their memberships and populations in PingOne's directory, many with one request.

Sources: developer.pingidentity.com, platform/users, platform/users/group-membership, platform/populations.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from pingconf.clients.pingone import PingOne
from pingconf.model.errors import PingconfError, ServiceError
from pingconf.scim import And, Comparison, Filter, Or, ValuePath, print_filter

USERS: Final = "/users"
LARGEST_PAGE: Final = "200"
"""The most users PingOne gives at a time, whatever more `limit` asks for."""
MOST_TERMS: Final = 40
LONGEST_FILTER: Final = 1500
"""Letters. Each may take three in the URL, and PingOne takes at most 6 KB of headers."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the directory."""

    id: str
    username: str
    email: str

    def __str__(self) -> str:
        return f"{self.username} <{self.email}>, id {self.id}"

    @property
    def names(self) -> tuple[str, ...]:
        """What they may be called in a file, the user name first."""
        return (self.username, self.email) if self.email else (self.username,)


@dataclass(frozen=True, slots=True)
class Population:
    """A population; users who are given none come into the default one."""

    id: str
    name: str
    default: bool

    def __str__(self) -> str:
        return f'"{self.name}", id {self.id}'


def user_query(attribute: str, value: str) -> dict[str, str]:
    """What to ask the list of users for, to see those of whom an attribute has this value."""
    return _query(Comparison(attribute, "eq", value))


def rows_with(pingone: PingOne, values: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Every user of whom an attribute has one of these values, once, in the order they are found.

    `values` are attributes of a user, such as `email`, each with a text.
    """
    found: dict[str, dict[str, Any]] = {}
    for condition in _filters(values):
        found |= {str(row["id"]): row for row in pingone.list(USERS, "users", _query(condition))}
    return list(found.values())


def people_in(pingone: PingOne, selection: str | None) -> list[Person]:
    """Everybody whom a filter lets through, as it is written; all there are, without one."""
    return [person_of(row) for row in pingone.list(USERS, "users", selecting(selection))]


def selecting(selection: str | None) -> dict[str, str]:
    """What to ask the list of users for, to see those whom a filter lets through, as it is written."""
    return {"limit": LARGEST_PAGE} | ({"filter": selection} if selection is not None else {})


def _filters(values: Iterable[tuple[str, str]]) -> Iterator[Filter]:
    """As few filters as there must be, so that each fits into a URL."""
    terms: list[Filter] = []
    length = 0
    for attribute, value in dict.fromkeys(values):
        term = Comparison(attribute, "eq", value)
        letters = len(print_filter(term))
        if terms and (len(terms) == MOST_TERMS or length + letters > LONGEST_FILTER):
            yield _any_of(terms)
            terms, length = [], 0
        terms.append(term)
        length += letters
    if terms:
        yield _any_of(terms)


def _any_of(terms: Sequence[Filter]) -> Filter:
    return Or(tuple(terms)) if len(terms) > 1 else terms[0]


def _query(condition: Filter) -> dict[str, str]:
    return selecting(print_filter(condition))


def people_called(pingone: PingOne, names: Collection[str]) -> dict[str, tuple[Person, ...]]:
    """For each name everybody who has it as user name or e-mail; whether capitals count PingOne decides."""
    values = [(attribute, name) for name in names for attribute in ("username", "email")]
    people = [person_of(row) for row in rows_with(pingone, values)]
    return {
        name: tuple(one for one in people if name.casefold() in map(str.casefold, one.names))
        for name in names
    }


def people_meant(
    pingone: PingOne, names: Collection[str], known: Iterable[Mapping[str, Sequence[str]]]
) -> dict[str, tuple[Person, ...]]:
    """The same, but whoever is known and spelled exactly so is not looked up.

    `known` are names by id, the user name first and the e-mail after it, as `Person.names` are.
    """
    seen: dict[str, dict[str, Person]] = {}
    for people in known:
        for id, (username, *more) in people.items():
            person = Person(id, username, more[0] if more else "")
            for name in person.names:
                seen.setdefault(name, {})[id] = person
    there = {name: tuple(seen[name].values()) for name in names if name in seen}
    return {**there, **people_called(pingone, [name for name in names if name not in there])}


def person_of(row: Mapping[str, Any]) -> Person:
    """The person that a user is."""
    return Person(str(row["id"]), str(row.get("username") or ""), str(row.get("email") or ""))


def members_of(pingone: PingOne, group_id: str, *, direct: bool = True) -> list[Person]:
    """The people in a group, a page at a time.

    `direct` leaves out whom a nested group or a filter brings. Source: read-all-users-in-a-group.html; that
    `type` may stand in the brackets is seen in a published client of the API.
    """
    term: Filter = Comparison("id", "eq", group_id)
    if direct:
        term = And((term, Comparison("type", "eq", "DIRECT")))
    query = _query(ValuePath("memberOfGroups", term))
    return [person_of(row) for row in pingone.list(USERS, "users", query)]


def join(pingone: PingOne, user_id: str, group_id: str) -> None:
    """Make somebody a direct member; one who is so already is a success (add-user-to-group.html)."""
    try:
        pingone.add(_memberships(user_id), {"id": group_id})
    except ServiceError:
        if not _is_member(pingone, user_id, group_id):
            raise


def leave(pingone: PingOne, user_id: str, group_id: str) -> None:
    """End a direct membership; one that is no more is a success (remove-user-from-group.html)."""
    pingone.delete(f"{_memberships(user_id)}/{group_id}")


def _is_member(pingone: PingOne, user_id: str, group_id: str) -> bool:
    with suppress(PingconfError):  # what the addition was answered is told then
        found = pingone.find(f"{_memberships(user_id)}/{group_id}")
        return found is not None and found.get("type") == "DIRECT"
    return False


def _memberships(user_id: str) -> str:
    return f"{USERS}/{user_id}/memberOfGroups"


def populations(pingone: PingOne) -> list[Population]:
    """Every population of the environment."""
    return [
        Population(str(one["id"]), str(one.get("name")), one.get("default") is True)
        for one in pingone.list_once("/populations", "populations")
    ]


def population_id(pingone: PingOne, wanted: str) -> str:
    """The id of a population named by name or id; raises ServiceError unless it is exactly one."""
    known = populations(pingone)
    wrong = population_trouble(known, wanted)
    if wrong:
        raise ServiceError(*wrong)
    return _called(known, wanted)[0].id


def population_trouble(known: Sequence[Population], wanted: str) -> tuple[str, ...]:
    """What to say where a name or id means no population, or several; empty where it means one."""
    found = _called(known, wanted)
    if not found:
        seen = ", ".join(sorted(one.name for one in known))
        return f'PingOne has no population called "{wanted}"', f"It has: {seen}."
    if len(found) == 1:
        return ()
    headline = f'PingOne has {len(found)} populations called "{wanted}"'
    return headline, *map(str, found), "Write the id of the one that is meant."


def _called(known: Sequence[Population], wanted: str) -> list[Population]:
    """The population of this id, or else those of this name."""
    return [one for one in known if one.id == wanted] or [one for one in known if one.name == wanted]
