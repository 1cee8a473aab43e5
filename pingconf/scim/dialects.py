"""What each service understands of the filter language, and what is wrong or unwise about a filter for it.

Three filters, two readers: Infisical's SCIM server reads the expression by which a connection looks a person
up, PingOne reads who is in scope of a rule and who belongs to a group.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pingconf.scim.filter import (
    And,
    Comparison,
    Filter,
    Not,
    Or,
    ValuePath,
    attributes,
    parse,
    print_filter,
)
from pingconf.scim.words import FilterSyntaxError

PLACE: Final = "%s"
"""Stands in a lookup for the identifier of the person that PingOne looks for."""
KNOWN_TO_INFISICAL: Final = ("email.value", "userName", "name.givenName", "name.familyName", "active")
"""In this very spelling. Any other attribute restricts nothing: the SCIM server answers with everybody.

Source: observed on a backend of June 2025, unchanged in newer sources.
"""
KNOWN_TO_PINGONE: Final = ("eq", "sw", "ew", "co", "pr")
"""Source: docs.pingidentity.com, directory/p1_scim_filter_language.html, and clients that send `pr`."""
WRONG_PERSON: Final = "PingOne would take somebody else for the person, and change or disable that account."
OF_OTHERS: Final = {
    "active": "enabled",
    "displayname": "name.formatted",
    "email.value": "email",
    "emails": "email",
    "emails.value": "email",
    "groups": "memberOfGroups",
    "name.familyname": "name.family",
    "name.givenname": "name.given",
    "phonenumbers": "primaryPhone",
}
"""Attributes as SCIM calls them, in lower case, and what they are called at PingOne."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong about a filter, or only unwise."""

    headline: str
    details: tuple[str, ...] = ()
    wrong: bool = True


def review_lookup(name: str, text: str) -> Iterator[Finding]:
    """What is wrong with a filter of this name by which one person is looked up: it may find nobody else."""
    if text.count(PLACE) != 1:
        yield Finding(f"{name} must hold exactly one {PLACE}", (f"Seen: {text}",))
        return
    try:
        lookup = parse(text)
    except FilterSyntaxError as error:
        yield Finding(f"{name} is no SCIM filter: {error}", (f'Expected: email.value Eq "{PLACE}"',))
        return
    unknown = unknown_to_infisical(lookup)
    if unknown:
        yield Finding(
            f'Infisical does not know the attribute "{unknown[0]}" in {name}',
            (
                "It would ignore it and answer with everybody, so that PingOne takes the wrong person.",
                f"It knows: {', '.join(KNOWN_TO_INFISICAL)}.",
            ),
        )
        return
    yield from _finding_others(name, lookup)


def unknown_to_infisical(lookup: Filter) -> list[str]:
    """The attributes that a filter names and Infisical ignores."""
    return [one for one in attributes(lookup) if one not in KNOWN_TO_INFISICAL]


def _finding_others(name: str, lookup: Filter) -> Iterator[Finding]:
    """Whatever lets other people through than the one that is looked for."""
    for one in _walk(lookup):
        match one:
            case Or() | Not():
                word = "or" if isinstance(one, Or) else "not"
                yield Finding(f'{name} holds "{word}", and so finds other people, too', (WRONG_PERSON,))
            case ValuePath(attribute, And()):
                seen = "Infisical reads them as none at all, and answers with everybody."
                yield Finding(f"{name} holds several conditions within {attribute}[…]", (seen,))
            case Comparison("active", operator) if operator not in ("eq", "ne"):
                yield Finding(
                    f"{name} compares active by {operator}", ("Infisical fails at that.", "Expected: eq")
                )
            case Comparison(attribute, operator, str(value)) if PLACE in value and operator != "eq":
                yield Finding(
                    f"{name} compares {attribute} by {operator}, and so finds other people, too",
                    (f'Expected: {attribute} Eq "{PLACE}"', WRONG_PERSON),
                )


def looking_for(text: str, identifier: str) -> str:
    """A lookup with an identifier in its place; the operators come out in lower case.

    Raises FilterSyntaxError where it is no filter.
    """
    return print_filter(_filled(parse(text), identifier))


def _filled(filter: Filter, identifier: str) -> Filter:
    match filter:
        case Comparison(attribute, operator, str(value)):
            return Comparison(attribute, operator, value.replace(PLACE, identifier))
        case And(terms):
            return And(tuple(_filled(term, identifier) for term in terms))
        case Or(terms):
            return Or(tuple(_filled(term, identifier) for term in terms))
        case Not(term):
            return Not(_filled(term, identifier))
        case ValuePath(attribute, term):
            return ValuePath(attribute, _filled(term, identifier))
        case _:
            return filter


def review_selection(name: str, text: str) -> Iterator[Finding]:
    """What is wrong or unwise about a filter of this name over the people of PingOne."""
    try:
        selection = parse(text)
    except FilterSyntaxError as error:
        yield Finding(f"{name} is no SCIM filter: {error}")
        return
    for one in _walk(selection):
        if isinstance(one, Comparison):
            if one.operator not in KNOWN_TO_PINGONE:
                known = f"It knows: {', '.join(KNOWN_TO_PINGONE)}."
                seen = f"{one.attribute} {one.operator}"
                yield Finding(f"PingOne does not know {one.operator} in {name}: {seen}", (known,))
            elif one.attribute == "enabled" and not isinstance(one.value, bool):
                yield Finding(f"{name} compares enabled with a text; it is true or false", wrong=False)
        elif isinstance(one, Not):
            yield Finding(f'{name} holds "not", which PingOne does not document', wrong=False)
    for attribute in attributes(selection):
        if meant := OF_OTHERS.get(attribute.lower()):
            unwise = (
                f"{name} names {attribute}, which PingOne calls {meant}, unless it is an attribute of yours"
            )
            yield Finding(unwise, wrong=False)


def operators(filter: Filter) -> tuple[str, ...]:
    """Every operator the filter compares by, once, in order."""
    compared = (one.operator for one in _walk(filter) if isinstance(one, Comparison))
    return tuple(dict.fromkeys(compared))


def _walk(filter: Filter) -> list[Filter]:
    """The filter and every term in it, in the order of the text."""
    found: list[Filter] = []
    waiting = [filter]
    while waiting:
        one = waiting.pop()
        found.append(one)
        if isinstance(one, (And, Or)):
            waiting += reversed(one.terms)
        elif isinstance(one, (Not, ValuePath)):
            waiting.append(one.term)
    return found
