"""A saved plan as a file: what it is bound to, and a digest over every byte of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from pingconf import __version__
from pingconf.backends import disk
from pingconf.backends.plan_codec import plan_from_json, plan_to_json
from pingconf.backends.shape import as_fields, as_text, as_typed, digest, parse_json
from pingconf.model.errors import PingconfError, StalePlanError
from pingconf.model.plan import Plan

FORMAT_VERSION: Final = "1.0"
ANEW: Final = "Plan again: pingconf plan --out FILE"


@dataclass(frozen=True, slots=True)
class Bond:
    """What a plan was made on, beyond what the plan itself says: a digest of the state and of the
    configuration, and which environment and organisation it is about."""

    state: str
    configuration: str
    target: str


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A plan to be undertaken once. `destroy` is whether it is the plan of an empty file."""

    id: str
    plan: Plan
    bond: Bond
    destroy: bool = False


def save(plan: Plan, bond: Bond, path: Path, *, destroy: bool) -> None:
    """Write a plan down for later, for its owner alone; raises StateError where that cannot be done."""
    document = {
        "format_version": FORMAT_VERSION,
        "pingconf_version": __version__,
        "id": str(uuid4()),
        "destroy": destroy,
        "state": bond.state,
        "configuration": bond.configuration,
        "target": bond.target,
        "plan": plan_to_json(plan),
    }
    disk.put_file(path, _encode(document))


def load(path: Path) -> SavedPlan:
    """Read a saved plan. Raises StalePlanError for anything but the very bytes that were written, and for
    what another line of versions wrote."""
    data = disk.read_file(path)
    if data is None:
        raise PingconfError(f"There is no saved plan at {path}", "Make one: pingconf plan --out FILE")
    try:
        document = as_typed(parse_json(data), dict, "the file")
    except ValueError:
        raise _refused(path, "is no saved plan, or was damaged") from None
    said = document.pop("digest", None)
    if said != digest(document) or _encode(document) != data:
        raise _refused(path, "was changed after it was written, or was damaged")
    writer = str(document.get("pingconf_version"))
    if document.get("format_version") != FORMAT_VERSION or _line(writer) != _line(__version__):
        raise _refused(path, f"was written by pingconf {writer}, and this is {__version__}")
    try:
        return _read(document)
    except ValueError as error:
        raise _refused(path, f"has the wrong shape: {error}") from None


def _encode(document: dict[str, Any]) -> bytes:
    whole = {**document, "digest": digest(document)}
    return (json.dumps(whole, indent=1, sort_keys=True, allow_nan=False) + "\n").encode("ascii")


def _read(document: dict[str, Any]) -> SavedPlan:
    about = "format_version pingconf_version id destroy state configuration target plan"
    found = as_fields(document, "the file", about)
    texts = {name: as_text(found[name], name) for name in ("id", "state", "configuration", "target")}
    bond = Bond(texts["state"], texts["configuration"], texts["target"])
    destroy = as_typed(found["destroy"], bool, "destroy")
    return SavedPlan(texts["id"], plan_from_json(found["plan"]), bond, destroy)


def _refused(path: Path, what: str) -> StalePlanError:
    return StalePlanError(f"The plan {path} {what}", "Nothing was changed.", ANEW)


def _line(version: str) -> str:
    """What must be equal for two versions to understand each other: the major one, and before 1.0 the minor
    (semver.org, 4)."""
    major, _, rest = version.partition(".")
    return f"0.{rest.partition('.')[0]}" if major == "0" else major
