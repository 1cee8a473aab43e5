"""Values that are more than text: a secret, a reference to another resource, something not known yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from pingconf.model.address import Address

SENSITIVE: Final = "(sensitive)"
KNOWN_AFTER_APPLY: Final = "(known after apply)"


class Secret:
    """A secret that has no text: it cannot be printed, compared, copied, pickled or written as JSON.

    `reveal` is called in one file only, `clients/http.py`; the house test holds that.
    """

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        self.__text = text

    def reveal(self) -> str:
        """The text itself, for the one request that must carry it."""
        return self.__text

    def __repr__(self) -> str:
        return SENSITIVE

    def __format__(self, spec: str) -> str:
        return format(SENSITIVE, spec)

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be copied or pickled")

    def __getstate__(self) -> NoReturn:
        raise TypeError("a secret cannot be copied or pickled")

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise TypeError("a secret cannot be copied or pickled")


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """What the file means by naming another resource: its id, or the secret it yields when it is made."""

    address: Address
    attribute: str = "id"

    def __str__(self) -> str:
        return self.address.label


class Unknown:
    """A value that the service will give; there is one instance, UNKNOWN."""

    __slots__ = ()

    def __repr__(self) -> str:
        return KNOWN_AFTER_APPLY


UNKNOWN: Final = Unknown()

Value = Any
"""A YAML-like value: text, number, flag, list or mapping of values, a Reference, a Secret or UNKNOWN."""
Attributes = Mapping[str, Value]
"""The attributes of one resource, in the shape of the file."""


def leaves(attributes: Attributes, prefix: str = "") -> dict[str, Value]:
    """Every value by its dotted path; a list is one value, a mapping is walked."""
    found: dict[str, Value] = {}
    for name, value in attributes.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            found.update(leaves(value, f"{path}."))
        else:
            found[path] = value
    return found


def value_at(attributes: Attributes, path: str) -> Value:
    """The value at a dotted path, or None where there is none; a name may itself hold dots."""
    if path in attributes:
        return attributes[path]
    name, dot, rest = path.partition(".")
    value = attributes.get(name)
    return value_at(value, rest) if dot and isinstance(value, Mapping) else None


def with_value(attributes: Attributes, path: str, value: Value) -> dict[str, Value]:
    """The same attributes with another value at a dotted path."""
    name, _, rest = path.partition(".")
    changed = dict(attributes)
    changed[name] = with_value(attributes.get(name) or {}, rest, value) if rest else value
    return changed


def moment_of(stamp: object) -> datetime | None:
    """A time stamp of a service, taken for UTC where it names no zone; None for what is none."""
    try:
        moment = datetime.fromisoformat(str(stamp))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
