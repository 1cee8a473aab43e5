"""Reads a configuration: files in, resources and settings out, or every fault in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from json import dumps
from pathlib import Path
from typing import Any, TypeAlias

from pingconf.config.document import Entry, Scalar
from pingconf.config.files import File, find_files, merge, read_files
from pingconf.config.guardrails import read_guardrails
from pingconf.config.interpolation import Sources
from pingconf.config.layout import HALVES, read_layout
from pingconf.config.memory import no_searches
from pingconf.config.moves import read_moves
from pingconf.config.resources import read_resources
from pingconf.config.settings import read_settings
from pingconf.config.state_place import STATE, state_place, state_problem
from pingconf.config.written import is_empty, written
from pingconf.model.errors import ConfigurationError, Fault
from pingconf.model.kind import Kinds
from pingconf.model.resource import Desired, Move
from pingconf.model.settings import Guardrails, RemoteState, Settings
from pingconf.model.values import Reference


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the user wants, complete and without a fault.

    `state` is where the state is kept.
    """

    desired: tuple[Desired, ...]
    moves: tuple[Move, ...]
    settings: Settings
    guardrails: Guardrails
    state: Path | RemoteState
    warnings: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The same for configurations that mean the same: comments, order and credentials are not in it."""
        return _digest(self.desired, self.settings)


Begin: TypeAlias = Callable[[Settings, frozenset[str]], None]
"""Is told where the services are, and which sections the file holds, before their resources are checked."""


@no_searches()
def load(
    paths: Sequence[Path],
    kinds: Kinds[Any],
    *,
    variables: Mapping[str, str],
    environ: Mapping[str, str],
    begin: Begin | None = None,
) -> Configuration:
    """Read files and folders as one configuration; `variables` (--var) beat `environ` in `${…}`.

    Raises ConfigurationError with everything that is wrong, in the order of the files. `begin` is called
    unless anything but a resource is wrong.
    """
    found, missing = find_files(paths)
    files, unreadable = read_files(found)
    roots = [file.root for file in files if file.root is not None]
    if missing or not roots or len(roots) < len(found):
        raise ConfigurationError((*missing, *unreadable) or (Fault("No configuration file was named"),))
    sources = {str(file.path): Sources(variables, environ, file.path.parent) for file in files}
    joined = {(half,) for half in HALVES} | {
        tuple(kind.section.split(".")) for kind in kinds.values() if not kind.single
    }
    root, twice = merge(roots, joined)
    faults = [*unreadable, *_version(files, sources), *twice]
    layout = read_layout(root, kinds, sources, files[0].start)
    settings, wrong = read_settings(layout.infisical, layout.pingone, environ)
    faults += (*layout.faults, *wrong)
    moves = read_moves(layout.moved, kinds, layout.named, sources, faults)
    guardrails = read_guardrails(layout.guardrails, sources, faults)
    state = _state(layout.state, files[0], sources, faults)
    if begin is not None and not faults:
        begin(settings, layout.used)
    resources = read_resources(layout.sections, kinds, settings, sources)
    faults += resources.faults
    if faults:
        raise ConfigurationError(_in_order(faults, files))
    warnings = tuple(f"{place}: {text}" for place, text in sorted(resources.advice))
    return Configuration(tuple(resources.desired), moves, settings, guardrails, state, warnings)


def _in_order(faults: Iterable[Fault], files: Sequence[File]) -> list[Fault]:
    """As they stand in the files; first those that stand nowhere."""
    order = {str(file.path): number for number, file in enumerate(files)}

    def position(fault: Fault) -> tuple[int, int, int]:
        place = fault.place
        return (order[place.file], place.line, place.column) if place else (-1, 0, 0)

    return sorted(faults, key=position)


def _version(files: Sequence[File], sources: Mapping[str, Sources]) -> list[Fault]:
    """Faults for each version that is not 1, or for having none at all."""
    nodes = [
        entry.value
        for file in files
        if file.root
        for entry in file.root.entries
        if entry.key.text == "version" and not is_empty(entry.value)
    ]
    if not nodes:
        return [
            Fault("The version of the format is missing", files[0].start, ("Write version: 1 at the top.",))
        ]
    faults: list[Fault] = []
    for node in nodes:
        text = written(node, sources)
        faults += text.faults
        if not text.broken and text.value != "1":
            seen = f"Expected 1; seen {text.seen(())}."
            details = (seen, "Write version: 1 at the top.")
            faults.append(Fault("This version of the format is not known", node.place, details))
    return faults


def _state(
    entry: Entry | None, first: File, sources: Mapping[str, Sources], faults: list[Fault]
) -> Path | RemoteState:
    """Where the state is kept; a relative path starts at the file that names it."""
    default = first.path.parent / STATE
    if entry is None or is_empty(entry.value):
        return default
    text = written(entry.value, sources)
    faults += text.faults
    if text.broken:
        return default
    problem = state_problem(text.value if isinstance(entry.value, Scalar) else "")
    if problem:
        faults.append(Fault(problem[0], entry.value.place, problem[1:]))
        return default
    return state_place(str(text.value), sources[entry.value.place.file].base)


def _digest(desired: Sequence[Desired], settings: Settings) -> str:
    """A digest of what is wanted and where; nothing secret goes in."""
    places = (settings.pingone.api_url, settings.pingone.environment_id)
    target = (
        *places,
        settings.infisical.url,
        settings.infisical.public_url,
        settings.infisical.organization_id,
    )
    resources = {str(one.address): [one.attributes, one.external, one.protected] for one in desired}
    text = dumps([target, resources], sort_keys=True, ensure_ascii=True, default=_reference_text)
    return sha256(text.encode()).hexdigest()


def _reference_text(value: Any) -> str:
    if not isinstance(value, Reference):
        raise TypeError(f"{type(value).__name__} in a configuration")
    return f"${{{value.address}.{value.attribute}}}"
