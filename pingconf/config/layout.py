"""What stands where in a configuration: keys at the top, both halves, their settings and sections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pingconf.config.document import Entry, Scalar
from pingconf.config.document import Mapping as MappingNode
from pingconf.config.interpolation import Sources
from pingconf.config.resources import Section, names_in
from pingconf.config.settings import Half, InfisicalKeys, PingOneKeys
from pingconf.config.written import Written, closest, is_empty, unknown_key, written
from pingconf.model.address import Address
from pingconf.model.errors import Fault, Place
from pingconf.model.fields import Spec
from pingconf.model.kind import Kinds

HALVES: Final[dict[str, type[Spec]]] = {"infisical": InfisicalKeys, "pingone": PingOneKeys}
TOP: Final = ("version", *HALVES, "moved", "guardrails", "state")


@dataclass(slots=True)
class Layout:
    """A configuration taken apart: settings of both halves, sections in the order of the kinds, the rest."""

    infisical: Half
    pingone: Half
    sections: list[Section]
    state: Entry | None
    moved: Entry | None
    guardrails: Entry | None
    faults: list[Fault] = field(default_factory=list)

    @property
    def used(self) -> frozenset[str]:
        """The sections that hold something."""
        return frozenset(one.kind.section for one in self.sections if _has_resources(one))

    @property
    def named(self) -> set[Address]:
        """The addresses of all that has a name of its own."""
        return {Address(one.kind.section, name) for one in self.sections for name in names_in(one)}


def read_layout(root: MappingNode, kinds: Kinds[Any], sources: Mapping[str, Sources], start: Place) -> Layout:
    """Take a configuration apart; `start` is where it begins, for faults about what is not there."""
    reader = _Reader(kinds, sources)
    entries = {entry.key.text: entry for entry in root.entries}
    for key, entry in entries.items():
        if key not in TOP:
            reader.refuse("Unknown key …", entry, TOP, "A configuration has")
    infisical, pingone = (reader.half(name, entries.get(name), start) for name in HALVES)
    order = {section: number for number, section in enumerate(kinds)}
    sections = sorted(reader.sections, key=lambda section: order[section.kind.section])
    moved, guardrails, state = (entries.get(key) for key in TOP[-3:])
    return Layout(infisical, pingone, sections, state, moved, guardrails, reader.faults)


class _Reader:
    """Collects sections and faults while both halves are taken apart."""

    def __init__(self, kinds: Kinds[Any], sources: Mapping[str, Sources]) -> None:
        self._kinds = kinds
        self._sources = sources
        self._names = {half: self._sections_of(half) for half in HALVES}
        self.sections: list[Section] = []
        self.faults: list[Fault] = []

    def _sections_of(self, half: str) -> dict[str, str]:
        """The sections that can be written in a half: the last word by the whole name."""
        return {
            section.partition(".")[2]: section
            for section, kind in self._kinds.items()
            if section.partition(".")[0] == half and not kind.implied_by
        }

    def half(self, name: str, entry: Entry | None, start: Place) -> Half:
        """The settings of one half; its sections are put aside."""
        if entry is None or is_empty(entry.value):
            return Half(name, Written(), entry.key.place if entry else start, needed=False)
        known = (*HALVES[name].model_fields, *self._names[name])
        if not isinstance(entry.value, MappingNode):
            seen = "text" if isinstance(entry.value, Scalar) else "a list"
            details = (f"{name} has: {', '.join(known)}.",)
            self.faults.append(Fault(f"{name} must be a mapping, not {seen}", entry.value.place, details))
            return Half(name, Written(), entry.key.place, needed=False)
        settings: list[Entry] = []
        unknown: list[Entry] = []
        sections: list[Section] = []
        for one in entry.value.entries:
            key = one.key.text
            if key in self._names[name]:
                sections.append(Section(self._kinds[self._names[name][key]], one.key.place, one.value))
            elif key in known:
                settings.append(one)
            else:
                unknown.append(one)
        for one in unknown:
            self.refuse(f"Unknown key … in {name}", one, known, f"{name} has")
        text = written(MappingNode(tuple(settings), entry.value.place), self._sources)
        self.sections += sections
        self.faults += text.faults
        meant = {closest(one.key.text, known) for one in unknown}
        needed = any(_has_resources(section) for section in sections)
        return Half(name, text, entry.key.place, needed, frozenset(key for key in meant if key))

    def refuse(self, what: str, entry: Entry, known: Sequence[str], has: str) -> None:
        """A fault for an unknown key, which may have another place where it would be right."""
        key = entry.key.text
        fault = unknown_key(what, key, entry.key.place, known, has)
        homes = [half for half in HALVES if key in (*HALVES[half].model_fields, *self._names[half])]
        advice = fault.details[1:]
        if homes:
            advice = (f'"{key}" belongs under {" or ".join(homes)}.',)
        elif any(f"{half}.{key}" in self._kinds for half in HALVES):
            advice = ("Nobody writes it: pingconf finds or makes it by itself.",)
        self.faults.append(Fault(fault.headline, fault.place, (fault.details[0], *advice)))


def _has_resources(section: Section) -> bool:
    return section.kind.single or (isinstance(section.value, MappingNode) and bool(section.value.entries))
