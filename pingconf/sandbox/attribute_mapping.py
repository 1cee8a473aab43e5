"""From a person in the directory to a SCIM user, by a rule's mappings.

Target names are the flattened ones of PingOne's `scim` store type (docs.pingidentity.com … provisioning).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from pingconf.sandbox.http import Json

_SCHEMA: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
_NAMES: Final = {"givenName": "givenName", "familyName": "familyName", "formattedName": "formatted"}
_ADDRESS: Final = {
    "workStreetAddress": "streetAddress",
    "workCity": "locality",
    "workCountry": "country",
    "workPostalCode": "postalCode",
}
_PIECE: Final = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|\$?\{?(?:user\.)?([A-Za-z][\w.]*)\}?)\s*""")


class MappingFault(Exception):
    """The mappings do not make a user that can be sent."""


def map_attributes(user: Json, mappings: Iterable[Json]) -> dict[str, str]:
    """The target attributes that have a value, by their flattened names."""
    flat: dict[str, str] = {}
    for mapping in mappings:
        value = (
            _evaluate(mapping["expression"], user)
            if "expression" in mapping
            else _look_up(mapping["sourceAttribute"], user)
        )
        if value not in (None, ""):
            flat[mapping["targetAttribute"]] = str(value)
    return flat


def scim_user(flat: dict[str, str], active: bool) -> Json:
    """The SCIM user of these target attributes; unknown ones are sent under their own names."""
    payload: Json = {"schemas": [_SCHEMA], "active": active}
    for target, value in flat.items():
        if target in _NAMES:
            payload.setdefault("name", {})[_NAMES[target]] = value
        elif target == "workEmail":
            payload["emails"] = [{"primary": True, "type": "work", "value": value}]
        elif target == "workPhone":
            payload["phoneNumbers"] = [{"type": "work", "value": value}]
        elif target in _ADDRESS:
            payload.setdefault("addresses", [{"type": "work"}])[0][_ADDRESS[target]] = value
        else:
            payload[target] = value
    return payload


def _look_up(path: str, user: Json) -> Any:
    found: Any = user
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _evaluate(expression: str, user: Json) -> str:
    """Texts and attributes joined by `+`: the little of PingOne's expression language that is played here."""
    pieces: list[str] = []
    for part in expression.split("+"):
        found = _PIECE.fullmatch(part)
        if found is None:
            raise MappingFault(f"the expression {expression} is not understood here")
        literal = found[1] if found[1] is not None else found[2]
        pieces.append(literal if literal is not None else str(_look_up(found[3], user) or ""))
    return "".join(pieces)
