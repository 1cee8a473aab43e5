"""A journal entry as plain JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pingconf.backends.codec import intent_from_json, intent_to_json, recorded_from_json, recorded_to_json
from pingconf.backends.shape import as_address, as_fields, as_text, as_typed
from pingconf.model.state import (
    Aimed,
    CommitDue,
    Dropped,
    Entry,
    Intended,
    Moved,
    Noted,
    Released,
    Resolved,
    Undertaken,
)

_OF_ONE_ADDRESS: Mapping[str, type[Resolved | Dropped | Released]] = {
    "resolved": Resolved,
    "dropped": Dropped,
    "released": Released,
}


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
        case Undertaken(plan):
            return {"type": "undertaken", "plan": plan}
        case Moved(source, target):
            return {"type": "moved", "source": str(source), "target": str(target)}
        case Released(address):
            return {"type": "released", "address": str(address)}


def entry_from_json(document: Any) -> Entry:
    """The inverse of `entry_to_json`; raises ValueError that names what is out of shape."""
    type_ = as_typed(document, dict, "an entry").get("type")
    if type_ == "commit_due":
        return CommitDue(as_typed(as_fields(document, type_, "type due")["due"], bool, "due"))
    if type_ == "aimed":
        return Aimed(as_typed(as_fields(document, type_, "type target")["target"], str, "target"))
    if type_ == "intended":
        found = as_fields(document, type_, "type address intent")
        return Intended(as_address(found["address"]), intent_from_json(found["intent"], type_))
    if type_ == "noted":
        found = as_fields(document, type_, "type address recorded")
        return Noted(as_address(found["address"]), recorded_from_json(found["recorded"], type_))
    if type_ == "undertaken":
        return Undertaken(as_text(as_fields(document, type_, "type plan")["plan"], "plan"))
    if type_ == "moved":
        found = as_fields(document, type_, "type source target")
        return Moved(as_address(found["source"]), as_address(found["target"]))
    if isinstance(type_, str) and type_ in _OF_ONE_ADDRESS:
        return _OF_ONE_ADDRESS[type_](as_address(as_fields(document, type_, "type address")["address"]))
    raise ValueError(f"an entry of the unknown type {type_!r}")
