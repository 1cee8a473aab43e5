"""The resources of the file: names, types, defaults, references, and what each kind says about its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from pingconf.config.checking import Subject, check
from pingconf.config.document import Entry, Node
from pingconf.config.document import Mapping as MappingNode
from pingconf.config.interpolation import Sources
from pingconf.config.prescan import shown
from pingconf.config.references import Mention, Names, dangling, mentions, referred_to, referring
from pingconf.config.settings import UNKNOWN_ORIGIN
from pingconf.config.written import Written, is_empty, written
from pingconf.model.address import Address
from pingconf.model.beside import Beside
from pingconf.model.errors import Fault, Place
from pingconf.model.kind import Advice, Kind, Kinds
from pingconf.model.resource import Desired
from pingconf.model.settings import Settings
from pingconf.model.values import Attributes

NAME: Final = r"[a-z][a-z0-9_-]{0,62}"
_NAME: Final = re.compile(NAME)
_MANAGE: Final = "manage"
_LIFECYCLE: Final = "lifecycle"


class Section(NamedTuple):
    """A section of the file: the kind of its resources and what is written in it."""

    kind: Kind[Any]
    key: Place
    value: Node


class Draft(NamedTuple):
    """One resource while it is read; `checked` is None if its attributes are wrong."""

    kind: Kind[Any]
    address: Address
    label: str
    place: Place
    written: Written
    checked: Any
    mentions: tuple[Mention, ...]


@dataclass(slots=True)
class Resources:
    """What came of the resources of the file."""

    desired: list[Desired] = field(default_factory=list)
    beside: Beside = field(default_factory=Beside)
    faults: list[Fault] = field(default_factory=list)
    advice: list[tuple[Place, str]] = field(default_factory=list)


def read_resources(
    sections: Sequence[Section], kinds: Kinds[Any], settings: Settings, sources: Mapping[str, Sources]
) -> Resources:
    """Every resource in the order of the kinds, then of the file, with those that nobody writes."""
    result = Resources()
    drafts = [draft for section in sections for draft in _drafts(section, sources, result.faults)]
    names = {section.kind.section: dict.fromkeys(names_in(section)) for section in sections}
    for draft in drafts:
        _add(draft, names, kinds, settings, result)
    result.faults += _same_names(drafts, result.desired)
    order = {section: number for number, section in enumerate(kinds)}
    result.desired += _implied(kinds, result.desired, settings)
    present = {one.address for one in result.desired}
    result.desired = [
        _with_needs(one, kinds[one.address.section], present)
        for one in sorted(result.desired, key=lambda one: order[one.address.section])
    ]
    return result


def names_in(section: Section) -> Iterator[str]:
    """The keys of its resources, as they are written."""
    if isinstance(section.value, MappingNode) and not section.kind.single:
        yield from (entry.key.text for entry in section.value.entries)


def _drafts(section: Section, sources: Mapping[str, Sources], faults: list[Fault]) -> Iterator[Draft]:
    kind = section.kind
    if kind.single:
        yield _draft(kind, Address(kind.section), section.key, section.value, sources, faults)
        return
    if is_empty(section.value):
        return
    if not isinstance(section.value, MappingNode):
        details = (f"Each key is the name of a {kind.noun}, with its attributes below it.",)
        faults.append(Fault(f"{kind.section} must be a mapping of names", section.value.place, details))
        return
    for entry in section.value.entries:
        if not _NAME.fullmatch(entry.key.text):
            faults.append(_bad_name(kind, entry))
        address = Address(kind.section, entry.key.text)
        yield _draft(kind, address, entry.key.place, entry.value, sources, faults)


def _bad_name(kind: Kind[Any], entry: Entry) -> Fault:
    details = [
        "It starts with a small letter; small letters, digits, - and _ follow, 63 characters at most.",
    ]
    if "name" in kind.spec.model_fields:
        details.append("What the service shows stands in the attribute name.")
    guess = re.sub(r"[^a-z0-9]+", "_", entry.key.text.lower()).strip("_")[:63]
    if _NAME.fullmatch(guess) and len(guess) < 32:
        details.append(f'Did you mean "{guess}"?')
    headline = f'"{shown(entry.key.text)}" cannot name a {kind.noun} in {kind.section}'
    return Fault(headline, entry.key.place, tuple(details))


def _draft(
    kind: Kind[Any],
    address: Address,
    place: Place,
    node: Node,
    sources: Mapping[str, Sources],
    faults: list[Fault],
) -> Draft:
    label = shown(str(address))
    text = written(node, sources)
    has = f"{'An' if kind.noun[0] in 'aeio' else 'A'} {kind.noun} has"
    checked, wrong = check(kind.spec, text, Subject(label, has, place))
    faults += [*text.faults, *wrong]
    named = mentions(kind, text) if isinstance(text.value, dict) else ()
    return Draft(kind, address, label, place, text, checked, named)


def _add(
    draft: Draft,
    names: Names,
    kinds: Kinds[Any],
    settings: Settings,
    result: Resources,
) -> None:
    missing = [dangling(draft.label, one, draft.written, names, kinds) for one in draft.mentions]
    result.faults += [fault for fault in missing if fault is not None]
    if draft.checked is None:
        return
    kind = draft.kind
    checked = draft.checked.model_dump(exclude_none=True)
    protected = checked.pop(_LIFECYCLE, {}).get("prevent_destroy")
    attributes = kind.fill(draft.address.key, checked, settings)
    attributes = kind.refer_beside(referring(kind, attributes), result.beside)
    _review(draft, attributes, settings, result)
    external = _MANAGE in kind.local and attributes.get(_MANAGE) is False
    kept = {name: value for name, value in attributes.items() if name != _MANAGE or name not in kind.local}
    named = (Address(one.to.section, one.name) for one in draft.mentions)
    depends_on = tuple(dict.fromkeys((*named, *referred_to(attributes))))
    result.desired.append(Desired(draft.address, kept, draft.place, depends_on, external, protected))
    result.beside.add(draft.address, kept)


def _review(draft: Draft, attributes: Attributes, settings: Settings, result: Resources) -> None:
    text = draft.written
    said_of_both = draft.kind.review_beside(attributes, result.beside)
    for said in (*draft.kind.review(attributes, settings), *said_of_both):
        path = (said.path,) if text.key((said.path,)) else tuple(said.path.split("."))
        place = (text.place(path) if text.key(path[:1]) else None) or draft.place
        if isinstance(said, Advice):
            result.advice.append((place, text.masked(f"{draft.label}: {said.text}")))
            continue
        details = tuple(text.masked(detail) for detail in said.details)
        if not any(UNKNOWN_ORIGIN in detail for detail in said.details):
            result.faults.append(Fault(f"{draft.label}: {text.masked(said.headline)}", place, details))


def _same_names(drafts: Sequence[Draft], desired: Sequence[Desired]) -> Iterator[Fault]:
    """Two objects that could not be told apart at the service; those that are only looked up may repeat."""
    by_address = {draft.address: draft for draft in drafts}
    seen: dict[tuple[object, ...], Draft] = {}
    for one in desired:
        draft = by_address[one.address]
        name = one.attributes.get("name")
        if one.external or name is None:
            continue
        # A group's name must be unique within its population only.
        key = (one.address.section, name, one.attributes.get("population"))
        first = seen.setdefault(key, draft)
        if first is not draft:
            headline = f"{draft.label} has the same name as {first.label}"
            advice = (
                f"Two {draft.kind.noun}s of one name cannot be told apart. Give one of them another name."
            )
            details = (f"The other name stands at {_name_place(first)}.", advice)
            yield Fault(headline, _name_place(draft), details)


def _name_place(draft: Draft) -> Place:
    name = draft.written.node(("name",))
    return name.place if name else draft.place


def _implied(kinds: Kinds[Any], desired: Sequence[Desired], settings: Settings) -> Iterator[Desired]:
    sections = {one.address.section for one in desired if not one.external}
    for kind in kinds.values():
        if kind.implied_by & sections:
            attributes = kind.fill("", kind.spec().model_dump(exclude_none=True), settings)
            yield Desired(Address(kind.section), attributes)


def _with_needs(desired: Desired, kind: Kind[Any], present: set[Address]) -> Desired:
    if not kind.needs:
        return desired
    needed = [Address(section) for section in kind.needs.values() if Address(section) in present]
    depends_on = tuple(dict.fromkeys((*desired.depends_on, *needed)))
    return replace(desired, depends_on=depends_on)
