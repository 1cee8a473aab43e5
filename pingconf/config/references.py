"""Names of other resources: from the text in the file to a Reference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from pingconf.config.checking import dotted
from pingconf.config.prescan import shown
from pingconf.config.written import Path, Written, did_you_mean
from pingconf.model.address import Address
from pingconf.model.errors import Fault, Place
from pingconf.model.kind import Kind, Kinds, RefersTo
from pingconf.model.values import Attributes, Reference, Value, value_at, with_value

_MANY: Final = 20
Names = Mapping[str, Mapping[str, None]]
"""The keys of every section, as they were written."""


class Mention(NamedTuple):
    """One name of another resource in the file, and where it stands."""

    path: Path
    name: str
    to: RefersTo
    place: Place


def mentions(kind: Kind[Any], written: Written) -> tuple[Mention, ...]:
    """Every name of another resource, in the order of the file; those that are broken are left out."""
    found = [one for path, to in kind.references.items() for one in _at(path, to, written)]
    return tuple(sorted(found, key=lambda mention: mention.place))


def _at(dotted_path: str, to: RefersTo, written: Written) -> Iterator[Mention]:
    path = tuple(dotted_path.split("."))
    value = value_at(written.value, dotted_path)
    one_or_more = enumerate(value) if isinstance(value, list) else [(None, value)]
    for index, name in one_or_more:
        way: Path = path if index is None else (*path, index)
        place = written.place(way)
        if isinstance(name, str) and name and place is not None and not written.is_broken(way):
            yield Mention(way, name, to, place)


def dangling(label: str, mention: Mention, written: Written, names: Names, kinds: Kinds[Any]) -> Fault | None:
    """The fault of a name that no resource has, or None."""
    known = names.get(mention.to.section, {})
    if mention.name in known:
        return None
    target = kinds[mention.to.section]
    # Whoever writes the token itself instead of its name must not read it in a log.
    may_show = written.may_show(mention.path)
    said = f' "{shown(mention.name)}"' if may_show else ""
    details = [f"{dotted(mention.path)} is a name under {mention.to.section}, which {_holds(tuple(known))}."]
    if may_show and (suggestion := did_you_mean(mention.name, known)):
        details.append(suggestion)
    return Fault(f"Unknown {target.noun}{said} in {label}", mention.place, tuple(details))


def _holds(known: Sequence[str]) -> str:
    more = f" and {len(known) - _MANY} more" if len(known) > _MANY else ""
    return f"holds: {', '.join(map(shown, known[:_MANY]))}{more}" if known else "holds nothing yet"


def referring(kind: Kind[Any], attributes: Attributes) -> Attributes:
    """The attributes with a Reference in place of each name."""
    for path, to in kind.references.items():
        value = value_at(attributes, path)
        if isinstance(value, list):
            attributes = with_value(attributes, path, [_reference(name, to) for name in value])
        elif value is not None:
            attributes = with_value(attributes, path, _reference(value, to))
    return attributes


def referred_to(value: Value) -> Iterator[Address]:
    """Every resource that a value refers to, in the order of its parts."""
    for one in value.values() if isinstance(value, Mapping) else value:
        if isinstance(one, Reference):
            yield one.address
        elif isinstance(one, (dict, list)):
            yield from referred_to(one)


def _reference(name: str, to: RefersTo) -> Reference:
    return Reference(Address(to.section, name), to.attribute)
