"""Does a resource meet a filter? Names and texts are compared without regard to case, as PingOne does."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pingconf.scim.filter import And, Comparison, Filter, Not, Or, Present, Value, ValuePath

_ORDERINGS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_PARTS: Final[dict[str, Callable[[str, str], bool]]] = {
    "co": operator.contains,
    "sw": str.startswith,
    "ew": str.endswith,
}


def match(filter: Filter, resource: Mapping[str, Any]) -> bool:
    """Whether the resource meets the filter.

    A multi-valued attribute meets a comparison when any of its values does; `ne` is the opposite of `eq`, so
    it also holds for a missing attribute. Values of different types are never equal and have no order.
    """
    match filter:
        case Comparison(attribute, "ne", value):
            return not _any_value(attribute, "eq", value, resource)
        case Comparison(attribute, name, value):
            return _any_value(attribute, name, value, resource)
        case Present(attribute):
            return any(_is_given(found) for found in _values(attribute, resource))
        case Not(term):
            return not match(term, resource)
        case And(terms):
            return all(match(term, resource) for term in terms)
        case Or(terms):
            return any(match(term, resource) for term in terms)
        case ValuePath(attribute, term):
            return any(match(term, _as_mapping(found)) for found in _values(attribute, resource))


def _any_value(attribute: str, name: str, value: Value, resource: Mapping[str, Any]) -> bool:
    """One comparison by the operator of that name; a missing attribute equals null."""
    found = [one for one in _values(attribute, resource) if one is not None]
    if value is None:
        return name == "eq" and not found
    return any(_compare(one, name, value) for one in found)


def _compare(found: Any, name: str, value: Value) -> bool:
    left, right = _folded(found), _folded(value)
    if _sort(left) != _sort(right):
        return False
    if name == "eq":
        return bool(left == right)
    if name in _PARTS:
        return isinstance(left, str) and _PARTS[name](left, str(right))
    return not isinstance(left, bool) and _ORDERINGS[name](left, right)


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def _sort(value: Any) -> type:
    """What can be compared with what: a number with a number, whole or not, but never with true."""
    return float if type(value) is int else type(value)


def _is_given(value: Any) -> bool:
    return value is not None and value != "" and value != {}


def _as_mapping(value: Any) -> Mapping[str, Any]:
    # RFC 7643, section 2.4: the parts of a multi-valued attribute default to one named "value".
    return value if isinstance(value, Mapping) else {"value": value}


def _values(attribute: str, resource: Mapping[str, Any]) -> Iterator[Any]:
    """All values at a dotted path; lists on the way are walked through."""
    path = attribute.rpartition(":")[2] if attribute.lower().startswith("urn:") else attribute
    found: list[Any] = [resource]
    for name in path.split("."):
        found = [value for one in found if isinstance(one, Mapping) for value in _named(name, one)]
    yield from found


def _named(name: str, resource: Mapping[str, Any]) -> list[Any]:
    for key, value in resource.items():
        if key.lower() == name.lower():
            return list(value) if isinstance(value, (list, tuple)) else [value]
    return []
