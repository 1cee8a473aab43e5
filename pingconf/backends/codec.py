"""The state as bytes: JSON with a checksum, which reads back exactly what was written or not at all."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pingconf import __version__
from pingconf.model.address import Address, parse_address
from pingconf.model.errors import StateError
from pingconf.model.resource import Recorded
from pingconf.model.state import Aimed, CommitDue, Dropped, Entry, Intended, Intent, Noted, Resolved, State
from pingconf.model.values import Value

FORMAT_VERSION = "1.0"

T = TypeVar("T")

_WORDS: Mapping[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def encode(state: State) -> bytes:
    """The state file: sorted, indented ASCII with a checksum over its meaning, not its white space."""
    document = state_to_json(state)
    document["checksum"] = _checksum(document)
    return (json.dumps(document, indent=2, sort_keys=True, allow_nan=False) + "\n").encode("ascii")


def decode(data: bytes, path: Path | str) -> State:
    """Read a state file; raises StateError saying what is wrong with it. Damage is never an empty state."""
    document = _parse(data, path)
    if other := other_format(document):
        raise StateError(f"State {path} {other}", backup_hint(path))
    checksum = document.pop("checksum", None)
    if checksum != _checksum(document):
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
        "resources": {str(key): recorded_to_json(value) for key, value in state.resources.items()},
        "pending": {str(key): intent_to_json(value) for key, value in state.pending.items()},
    }


def state_from_json(document: Any) -> State:
    """The state in a document; raises ValueError that names the first thing out of shape."""
    fields = "format_version pingconf_version lineage serial target uncommitted resources pending"
    found = _fields(document, "the state", fields)
    resources = _typed(found["resources"], dict, "resources")
    pending = _typed(found["pending"], dict, "pending")
    return State(
        lineage=_text(found["lineage"], "lineage"),
        serial=_typed(found["serial"], int, "serial"),
        resources={parse_address(key): recorded_from_json(value, key) for key, value in resources.items()},
        pending={parse_address(key): intent_from_json(value, key) for key, value in pending.items()},
        uncommitted=_typed(found["uncommitted"], bool, "uncommitted"),
        target=_typed(found["target"], str, "target"),
    )


def recorded_to_json(recorded: Recorded) -> dict[str, Any]:
    """What is recorded of one resource, as plain JSON; raises TypeError for a Secret or a Reference."""
    return {
        "id": recorded.id,
        "attributes": _plain(recorded.attributes, "attributes"),
        "bindings": _plain(recorded.bindings, "bindings"),
        "depends_on": [str(address) for address in recorded.depends_on],
        "deposed": list(recorded.deposed),
        "made": recorded.made,
    }


def recorded_from_json(document: Any, place: str) -> Recorded:
    """The inverse of `recorded_to_json`; raises ValueError that names the place."""
    found = _fields(document, place, "id attributes bindings depends_on deposed made")
    bindings = _typed(found["bindings"], dict, f"{place}: bindings")
    return Recorded(
        id=_text(found["id"], f"{place}: id"),
        attributes=_typed(found["attributes"], dict, f"{place}: attributes"),
        bindings={path: _text(id, f"{place}: bindings") for path, id in bindings.items()},
        depends_on=tuple(map(parse_address, _texts(found["depends_on"], f"{place}: depends_on"))),
        deposed=_texts(found["deposed"], f"{place}: deposed"),
        made=_typed(found["made"], bool, f"{place}: made"),
    )


def intent_to_json(intent: Intent) -> dict[str, Any]:
    """A begun creation as plain JSON."""
    return {"nonce": intent.nonce, "identity": intent.identity}


def intent_from_json(document: Any, place: str) -> Intent:
    """The inverse of `intent_to_json`; raises ValueError that names the place."""
    found = _fields(document, place, "nonce identity")
    return Intent(_text(found["nonce"], f"{place}: nonce"), _text(found["identity"], f"{place}: identity"))


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """A journal entry as plain JSON; raises TypeError for a Secret or a Reference."""
    match entry:
        case Intended(address, intent):
            return {"type": "intended", "address": str(address), "intent": intent_to_json(intent)}
        case Resolved(address):
            return {"type": "resolved", "address": str(address)}
        case Noted(address, recorded):
            return {"type": "noted", "address": str(address), "recorded": recorded_to_json(recorded)}
        case Dropped(address):
            return {"type": "dropped", "address": str(address)}
        case CommitDue(due):
            return {"type": "commit_due", "due": due}
        case Aimed(target):
            return {"type": "aimed", "target": target}


def entry_from_json(document: Any) -> Entry:
    """The inverse of `entry_to_json`; raises ValueError that names what is out of shape."""
    type_ = _typed(document, dict, "an entry").get("type")
    if type_ == "commit_due":
        return CommitDue(_typed(_fields(document, type_, "type due")["due"], bool, "due"))
    if type_ == "aimed":
        return Aimed(_typed(_fields(document, type_, "type target")["target"], str, "target"))
    if type_ == "intended":
        found = _fields(document, type_, "type address intent")
        return Intended(_address(found["address"]), intent_from_json(found["intent"], type_))
    if type_ == "noted":
        found = _fields(document, type_, "type address recorded")
        return Noted(_address(found["address"]), recorded_from_json(found["recorded"], type_))
    if type_ in ("resolved", "dropped"):
        address = _address(_fields(document, type_, "type address")["address"])
        return Resolved(address) if type_ == "resolved" else Dropped(address)
    raise ValueError(f"an entry of the unknown type {type_!r}")


def parse_json(data: bytes) -> Any:
    """Strict JSON in UTF-8; raises ValueError for anything else, such as NaN or bottomless nesting."""
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


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


def _checksum(document: Mapping[str, Any]) -> str:
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"sha256:{hashlib.sha256(canonical.encode('ascii')).hexdigest()}"


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _plain(value: Value, place: str) -> Any:
    """The same value in plain JSON types; TypeError is a bug: what must not be kept came this far."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, list | tuple):
        return [_plain(element, f"{place}[{index}]") for index, element in enumerate(value)]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _plain(element, f"{place}.{key}") for key, element in value.items()}
    raise TypeError(f"{place} holds a {type(value).__name__}, which no state may keep")


def _fields(document: Any, place: str, names: str) -> dict[str, Any]:
    """A mapping with exactly these keys."""
    found = _typed(document, dict, place)
    expected = set(names.split())
    if missing := expected - set(found):
        raise ValueError(f"{place} lacks {', '.join(sorted(missing))}")
    if unknown := set(found) - expected:
        raise ValueError(f"{place} has the unknown {', '.join(sorted(unknown))}")
    return found


def _typed(value: Any, type_: type[T], place: str) -> T:
    if not isinstance(value, type_) or (isinstance(value, bool) and type_ is not bool):
        found = _WORDS.get(type(value), type(value).__name__)
        raise ValueError(f"{place} is {found}, {_WORDS[type_]} was expected")
    return value


def _text(value: Any, place: str) -> str:
    return _typed(value, str, place)


def _texts(value: Any, place: str) -> tuple[str, ...]:
    return tuple(_text(element, place) for element in _typed(value, list, place))


def _address(value: Any) -> Address:
    return parse_address(_text(value, "address"))
