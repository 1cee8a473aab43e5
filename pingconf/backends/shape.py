"""Plain JSON, read strictly: what is not of the expected shape is named, never guessed at."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any, TypeVar

from pingconf.model.address import Address, parse_address
from pingconf.model.values import Value

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


def parse_json(data: bytes) -> Any:
    """Strict JSON in UTF-8; raises ValueError for anything else, such as NaN or bottomless nesting."""
    try:
        return json.loads(data.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def digest(document: Any) -> str:
    """What a document means, its white space aside, as one short text."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"sha256:{hashlib.sha256(canonical.encode('ascii')).hexdigest()}"


def as_plain(value: Value, place: str) -> Any:
    """The same value in plain JSON types; TypeError is a bug: what must not be kept came this far."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, list | tuple):
        return [as_plain(element, f"{place}[{index}]") for index, element in enumerate(value)]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: as_plain(element, f"{place}.{key}") for key, element in value.items()}
    raise TypeError(f"{place} holds a {type(value).__name__}, which no state may keep")


def as_fields(document: Any, place: str, names: str) -> dict[str, Any]:
    """A mapping with exactly these keys."""
    found = as_typed(document, dict, place)
    expected = set(names.split())
    if found.keys() != expected:
        if missing := expected - found.keys():
            raise ValueError(f"{place} lacks {', '.join(sorted(missing))}")
        raise ValueError(f"{place} has the unknown {', '.join(sorted(found.keys() - expected))}")
    return found


def as_typed(value: Any, type_: type[T], place: str) -> T:
    """The value, which must be of this type; true is no number."""
    if not isinstance(value, type_) or (isinstance(value, bool) and type_ is not bool):
        found = _WORDS.get(type(value), type(value).__name__)
        raise ValueError(f"{place} is {found}, {_WORDS[type_]} was expected")
    return value


def as_text(value: Any, place: str) -> str:
    """A text."""
    return as_typed(value, str, place)


def as_texts(value: Any, place: str) -> tuple[str, ...]:
    """A list of texts."""
    return tuple(as_text(element, place) for element in as_typed(value, list, place))


def as_address(value: Any) -> Address:
    """An address as it is printed."""
    return parse_address(as_text(value, "address"))
