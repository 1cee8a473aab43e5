"""The JSON Schema of the state file: what `codec` writes, for those who read it with other tools."""

from __future__ import annotations

from typing import Any

from pingconf.backends.codec import FORMAT_VERSION

_ADDRESS = r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*(\.[a-z][a-z0-9_-]{0,62})?$"


def state_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the state file."""
    properties = {
        "format_version": {
            "const": FORMAT_VERSION,
            "description": "Changes with every change of this format.",
        },
        "pingconf_version": _text("The version that wrote the document; no decision reads it."),
        "lineage": _text("Tells this state from all others, for as long as it lives."),
        "serial": {
            "type": "integer",
            "minimum": 0,
            "description": "Grows by one with every version of this state.",
        },
        "target": _text("The environment and organisation it is about; empty before the first entry."),
        "uncommitted": _flag("Whether something changed that needs a revision which is not made yet."),
        "released": _list(
            {"type": "string"}, "Ids that bear our mark and are left alone: taken out by hand."
        ),
        "applied": _text("The id of the saved plan that was undertaken last; empty if there was none."),
        "resources": _by_address("recorded", "Every resource by its address."),
        "pending": _by_address("intent", "Creations that were begun and whose outcome is unknown."),
        "checksum": {
            **_text(
                "SHA-256 over this document without this key: JSON in ASCII, sorted, without white space."
            ),
            "pattern": "^sha256:[0-9a-f]{64}$",
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "State of pingconf",
        **_object("What pingconf has made or taken, and how far it came.", properties),
        "$defs": {
            "address": {"type": "string", "pattern": _ADDRESS},
            "recorded": _recorded(),
            "intent": _intent(),
        },
    }


def _recorded() -> dict[str, Any]:
    bindings = "Which object's secret a write-only attribute holds: its path and that object's id."
    properties = {
        "id": _text("Its id at the service."),
        "attributes": {
            "type": "object",
            "description": "Its attributes in the shape of the file, without secrets.",
        },
        "bindings": {"type": "object", "additionalProperties": {"type": "string"}, "description": bindings},
        "depends_on": _list({"$ref": "#/$defs/address"}, "The resources it needs."),
        "deposed": _list({"type": "string"}, "Ids that were replaced and are still to be revoked."),
        "made": _flag("Whether pingconf made it, rather than found it."),
        "protected": _flag("Whether it must not be destroyed, whatever becomes of its place in the file."),
        "leaving": _flag("Whether its removal was begun, so that nobody else took it if it is gone."),
    }
    return _object("What was written down of one resource after the last good step on it.", properties)


def _intent() -> dict[str, Any]:
    properties = {
        "nonce": _text("Tells this attempt from others."),
        "identity": _text("By what the object will be recognised if it was made."),
    }
    return _object("A creation that was begun and whose outcome is unknown.", properties)


def _object(description: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _by_address(definition: str, description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "propertyNames": {"$ref": "#/$defs/address"},
        "additionalProperties": {"$ref": f"#/$defs/{definition}"},
    }


def _list(items: dict[str, Any], description: str) -> dict[str, Any]:
    return {"type": "array", "items": items, "description": description}


def _text(description: str) -> dict[str, Any]:
    return {"type": "string", "description": description}


def _flag(description: str) -> dict[str, Any]:
    return {"type": "boolean", "description": description}
