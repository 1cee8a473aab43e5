"""The state as bytes: JSON with a checksum, which reads back exactly what was written or not at all."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pingconf import __version__
from pingconf.backends.shape import as_fields, as_plain, as_text, as_texts, as_typed, digest, parse_json
from pingconf.model.address import parse_address
from pingconf.model.errors import StateError
from pingconf.model.resource import Recorded
from pingconf.model.state import Intent, State

FORMAT_VERSION = "1.0"
_RECORDED = "id attributes bindings depends_on deposed made protected leaving"


def encode(state: State) -> bytes:
    """The state file: sorted, indented ASCII with a checksum over its meaning, not its white space."""
    document = state_to_json(state)
    document["checksum"] = digest(document)
    return (json.dumps(document, indent=2, sort_keys=True, allow_nan=False) + "\n").encode("ascii")


def decode(data: bytes, path: Path | str) -> State:
    """Read a state file; raises StateError saying what is wrong with it. Damage is never an empty state."""
    document = _parse(data, path)
    if other := other_format(document):
        raise StateError(f"State {path} {other}", backup_hint(path))
    checksum = document.pop("checksum", None)
    if checksum != digest(document):
        raise _unusable(path, "does not match its checksum: it was changed or damaged")
    try:
        return state_from_json(document)
    except ValueError as error:
        raise _unusable(path, f"has the wrong shape: {error}") from error


def state_to_json(state: State) -> dict[str, Any]:
    """The document of a state, without the checksum; raises TypeError for anything but plain values."""
    return {
        "format_version": FORMAT_VERSION,
        "pingconf_version": __version__,
        "lineage": state.lineage,
        "serial": state.serial,
        "target": state.target,
        "uncommitted": state.uncommitted,
        "released": list(state.released),
        "applied": state.applied,
        "resources": {str(key): recorded_to_json(value) for key, value in state.resources.items()},
        "pending": {str(key): intent_to_json(value) for key, value in state.pending.items()},
    }


def state_from_json(document: Any) -> State:
    """The state in a document; raises ValueError that names the first thing out of shape."""
    about = "format_version pingconf_version lineage serial target applied"
    found = as_fields(document, "the state", f"{about} uncommitted released resources pending")
    resources = as_typed(found["resources"], dict, "resources")
    pending = as_typed(found["pending"], dict, "pending")
    return State(
        lineage=as_text(found["lineage"], "lineage"),
        serial=as_typed(found["serial"], int, "serial"),
        resources={parse_address(key): recorded_from_json(value, key) for key, value in resources.items()},
        pending={parse_address(key): intent_from_json(value, key) for key, value in pending.items()},
        uncommitted=as_typed(found["uncommitted"], bool, "uncommitted"),
        target=as_typed(found["target"], str, "target"),
        released=as_texts(found["released"], "released"),
        applied=as_text(found["applied"], "applied"),
    )


def digest_of(state: State) -> str:
    """Tells this version of a state from every other, whichever pingconf wrote it."""
    document = state_to_json(state)
    del document["pingconf_version"]
    return digest(document)


def is_same(found: State | None, state: State) -> bool:
    """Whether what is kept is this state; where nothing is kept, whether it is a new one."""
    if found is None:
        return state.serial == 0 and not state.resources and not state.pending
    return state_to_json(found) == state_to_json(state)


def recorded_to_json(recorded: Recorded) -> dict[str, Any]:
    """What is recorded of one resource, as plain JSON; raises TypeError for a Secret or a Reference."""
    return {
        "id": recorded.id,
        "attributes": as_plain(recorded.attributes, "attributes"),
        "bindings": as_plain(recorded.bindings, "bindings"),
        "depends_on": [str(address) for address in recorded.depends_on],
        "deposed": list(recorded.deposed),
        "made": recorded.made,
        "protected": recorded.protected,
        "leaving": recorded.leaving,
    }


def recorded_from_json(document: Any, place: str) -> Recorded:
    """The inverse of `recorded_to_json`; raises ValueError that names the place."""
    found = as_fields(document, place, _RECORDED)
    try:
        bindings = as_typed(found["bindings"], dict, "bindings")
        return Recorded(
            id=as_text(found["id"], "id"),
            attributes=as_typed(found["attributes"], dict, "attributes"),
            bindings={path: as_text(id, "bindings") for path, id in bindings.items()},
            depends_on=tuple(map(parse_address, as_texts(found["depends_on"], "depends_on"))),
            deposed=as_texts(found["deposed"], "deposed"),
            made=as_typed(found["made"], bool, "made"),
            protected=as_typed(found["protected"], bool, "protected"),
            leaving=as_typed(found["leaving"], bool, "leaving"),
        )
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None


def intent_to_json(intent: Intent) -> dict[str, Any]:
    """A begun creation as plain JSON."""
    return {"nonce": intent.nonce, "identity": intent.identity}


def intent_from_json(document: Any, place: str) -> Intent:
    """The inverse of `intent_to_json`; raises ValueError that names the place."""
    found = as_fields(document, place, "nonce identity")
    return Intent(as_text(found["nonce"], f"{place}: nonce"), as_text(found["identity"], place))


def other_format(document: Mapping[str, Any]) -> str | None:
    """What to say of a document that has not the format this pingconf reads; None if it has."""
    said = document.get("format_version")
    if said == FORMAT_VERSION:
        return None
    if not isinstance(said, str) or not re.fullmatch(r"[0-9]{1,6}\.[0-9]{1,6}", said):
        return "does not say which format it has"
    newer = [int(part) for part in said.split(".")] > [int(part) for part in FORMAT_VERSION.split(".")]
    writer = document.get("pingconf_version", "another version")
    has = f"has the {'newer ' if newer else ''}format {said}"
    return f"{has}, written by pingconf {writer}; pingconf {__version__} reads {FORMAT_VERSION}"


def backup_hint(path: Path | str) -> str:
    """The sentence that says where the version before lies."""
    if str(path).startswith(("http://", "https://")):
        return "If the server keeps versions, as GitLab does, look at the one before."
    return f"The version before is kept in {path}.backup; look at it before you put it back."


def _unusable(path: Path | str, what: str) -> StateError:
    never = "It is not taken for an empty one, as that would make everything a second time."
    return StateError(f"State {path} {what}", never, backup_hint(path))


def _parse(data: bytes, path: Path | str) -> dict[str, Any]:
    if not data.strip():
        raise _unusable(
            path, f"is empty ({len(data)} bytes)" if not data else "holds nothing but white space"
        )
    try:
        document = parse_json(data)
    except ValueError as error:
        if not data.rstrip().endswith(b"}") or getattr(error, "pos", 0) >= len(data.rstrip()):
            raise _unusable(path, f"is cut off after {len(data)} bytes") from error
        raise _unusable(path, f"is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise _unusable(path, "has the wrong shape: an object was expected")
    return document
