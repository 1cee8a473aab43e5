"""The JSON Schema of the file, made from the same models that check it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from pingconf.config.guardrails import GuardrailKeys
from pingconf.config.layout import HALVES
from pingconf.config.resources import NAME
from pingconf.config.state_place import STATE
from pingconf.model.fields import Spec
from pingconf.model.kind import Kind, Kinds

ID: Final = "urn:pingconf:schema:configuration:1"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_REFERENCE: Final = {"type": "string", "pattern": r"^\$\{[^}]+\}$"}
_KEYWORDS: Final = {"ge": "minimum", "le": "maximum"}
"""Bounds that pydantic leaves under its own names where a function stands before them."""
_FIRST: Final = ("title", "description", "type", "default", "properties", "required")
_DEFINITION: Final = "#/$defs/{model}"
Schema = dict[str, Any]


def configuration_schema(kinds: Kinds[Any]) -> Schema:
    """The schema of one configuration file that stands alone.

    Editors take numbers and flags as YAML reads them, so where one is meant, a `${…}` is allowed too.
    """
    specs: list[type[Spec]] = [
        *HALVES.values(),
        GuardrailKeys,
        *(kind.spec for kind in _written(kinds).values()),
    ]
    pairs, generated = models_json_schema(
        [(spec, "validation") for spec in specs], ref_template=_DEFINITION, title=None
    )
    definitions = {name: _tidy(one) for name, one in generated["$defs"].items()}
    names = {spec: pairs[(spec, "validation")]["$ref"].rpartition("/")[2] for spec in specs}
    guardrails = {"guardrails": definitions.pop(names[GuardrailKeys])}
    halves = {}
    for half, keys in HALVES.items():
        halves[half] = definitions.pop(names[keys])
        halves[half] = {"title": _TITLES[half], **halves[half]}
        for section, kind in _written(kinds).items():
            if section.partition(".")[0] == half:
                title = kind.noun[0].upper() + kind.noun[1:]
                definitions[names[kind.spec]] = {"title": title, **definitions[names[kind.spec]]}
                halves[half]["properties"][section.partition(".")[2]] = _section(kind, names[kind.spec])
    return {
        "$schema": DIALECT,
        "$id": ID,
        "title": "pingconf configuration",
        "description": "SCIM provisioning from PingOne to Infisical as code.",
        "type": "object",
        "properties": {"version": _VERSION, **halves, "moved": _MOVED, **guardrails, "state": _STATE},
        "required": ["version"],
        "additionalProperties": False,
        "$defs": definitions,
    }


_TITLES: Final = {"infisical": "Infisical", "pingone": "PingOne"}
_VERSION: Final = {"type": "integer", "const": 1, "description": "The version of this format."}
_END: Final = {"type": "string", "pattern": rf"^[a-z]+\.[a-z_]+\.{NAME}$"}
_MOVED: Final = {
    "type": "array",
    "description": "Keys that were renamed; nothing changes at the services.",
    "items": {
        "type": "object",
        "properties": {
            "from": {**_END, "description": "The address before."},
            "to": {**_END, "description": "The address now."},
        },
        "required": ["from", "to"],
        "additionalProperties": False,
    },
}
_STATE: Final = {
    "type": "string",
    "description": "Where the state is kept: a path, which starts at this file if it is relative, or an"
    " address: https://, s3://, gs:// or az://. Credentials come from the environment.",
    "default": STATE,
}


def _written(kinds: Kinds[Any]) -> dict[str, Kind[Any]]:
    """The kinds somebody writes: not those that others imply."""
    return {section: kind for section, kind in kinds.items() if not kind.implied_by}


def _section(kind: Kind[Any], definition: str) -> Schema:
    one: Schema = {"$ref": _DEFINITION.format(model=definition)}
    if kind.single:
        return one
    return {
        "type": "object",
        "description": f"Every {kind.noun} by a name of your own.",
        "propertyNames": {"pattern": f"^{NAME}$"},
        "additionalProperties": one if _needs_attributes(kind) else {"anyOf": [one, {"type": "null"}]},
    }


def _needs_attributes(kind: Kind[Any]) -> bool:
    return any(one.is_required() for one in kind.spec.model_fields.values())


def _tidy(schema: Mapping[str, Any]) -> Schema:
    """Without what pydantic says to nobody: titles made from names, and `null` for what is not written."""
    tidied: Schema = {_KEYWORDS.get(key, key): value for key, value in schema.items() if key != "title"}
    if "properties" in schema:
        tidied["properties"] = {name: _tidy(one) for name, one in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            tidied[key] = _tidy(schema[key])
    if "anyOf" in schema:
        options = [_tidy(one) for one in schema["anyOf"] if one.get("type") != "null"]
        rest = {key: value for key, value in tidied.items() if key != "anyOf"}
        tidied = {**options[0], **rest} if len(options) == 1 else {**rest, "anyOf": options}
    if tidied.get("default", ...) is None:
        del tidied["default"]
    tidied = _or_reference(tidied)
    return {key: tidied[key] for key in sorted(tidied, key=_rank)}


def _rank(keyword: str) -> int:
    """What it is about comes first, details follow as they were."""
    return _FIRST.index(keyword) if keyword in _FIRST else len(_FIRST)


def _or_reference(schema: Schema) -> Schema:
    """The same, or one `${…}`, where text alone would not do."""
    if schema.get("type") not in ("integer", "boolean") and not {"enum", "const"} & set(schema):
        return schema
    inside: Schema = {key: value for key, value in schema.items() if key not in ("description", "default")}
    outside: Schema = {key: value for key, value in schema.items() if key not in inside}
    return {**outside, "anyOf": [inside, dict(_REFERENCE)]}
