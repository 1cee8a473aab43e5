"""Infisical's SCIM filters; their great oddity: a condition on an unknown attribute is none at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from pingconf.sandbox.http import Json
from pingconf.sandbox.infisical_wire import broken, is_of_2026
from pingconf.sandbox.world import World
from pingconf.scim import And, Comparison, Filter, FilterSyntaxError, Not, Or, Present, ValuePath, parse

_Test: TypeAlias = Callable[[Json], bool]

_COLUMNS: Final[dict[str, Callable[[Json, Json], Any]]] = {
    "active": lambda member, account: member["isActive"],
    "userName": lambda member, account: member["alias"],
    "name.givenName": lambda member, account: account["firstName"],
    "name.familyName": lambda member, account: account["lastName"],
    "email.value": lambda member, account: account["email"],
}


def select_members(world: World, text: str) -> list[Json]:
    """The members whom a filter lets through; 500 for a filter that cannot be read."""
    if not text:
        return list(world.members.values())
    try:
        test = _compile(world, parse(text))
    except FilterSyntaxError as fault:
        raise broken("Find one") from fault
    return [row for row in world.members.values() if test is None or test(row)]


def _compile(world: World, filter: Filter) -> _Test | None:
    """The test, or None for no restriction."""
    match filter:
        case Comparison(attribute, operator, value):
            return _column_test(world, attribute, lambda found: _compare(attribute, found, operator, value))
        case Present(attribute):
            return _column_test(world, attribute, lambda found: True)
        case Not(term):
            inner = _compile(world, term)
            return None if inner is None else lambda row: not inner(row)
        case And(terms) | Or(terms):
            tests = [test for test in (_compile(world, term) for term in terms) if test is not None]
            join = all if isinstance(filter, And) else any
            return (lambda row: join(test(row) for test in tests)) if tests else None
        case ValuePath(attribute, Comparison(part, operator, value)):
            return _compile(world, Comparison(f"{attribute}.{part}", operator, value))
        case ValuePath():  # compound conditions in brackets restrict nothing
            return None


def _column_test(world: World, attribute: str, test: Callable[[Any], bool]) -> _Test | None:
    column = _COLUMNS.get(attribute)  # names are case-sensitive
    if column is None:
        return None
    if attribute == "userName" and not is_of_2026(world):
        # Joined with SAML aliases only, and an organisation on OIDC has none: null meets nothing.
        return lambda row: False

    def test_row(row: Json) -> bool:
        found = column(row, world.accounts[row["account"]])
        return found is not None and test(found)  # null meets nothing, not even `ne`

    return test_row


def _compare(attribute: str, found: Any, operator: str, value: Any) -> bool:
    if attribute == "active":
        if operator in ("co", "sw", "ew"):  # the column is no text
            raise broken("Find one")
        return (found == (str(value).lower() == "true")) is (operator != "ne")
    left, right = str(found), str(value)
    if attribute == "email.value" or operator in ("co", "sw", "ew"):  # ILIKE
        left, right = left.lower(), right.lower()
    outcomes: dict[str, bool] = {
        "eq": left == right,
        "ne": left != right,
        "co": right in left,
        "sw": left.startswith(right),
        "ew": left.endswith(right),
        "gt": left > right,
        "ge": left >= right,
        "lt": left < right,
        "le": left <= right,
    }
    return outcomes[operator]
