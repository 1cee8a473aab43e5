"""The same resource, three ways: desired by the file, recorded in the state, observed at the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pingconf.model.address import Address
from pingconf.model.errors import Place
from pingconf.model.values import Attributes


@dataclass(frozen=True, slots=True)
class Desired:
    """What the file says about one resource.

    `attributes` may hold References. An attribute the file does not name, and that has no default, is
    absent: it is left alone. `external` resources must exist already; they are looked up and never changed.
    `protected` is `lifecycle.prevent_destroy`; None where nothing is written, which leaves it as recorded.
    """

    address: Address
    attributes: Attributes
    place: Place | None = None
    depends_on: tuple[Address, ...] = ()
    external: bool = False
    protected: bool | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What we wrote down after our last good step on one resource.

    `bindings` says which object's secret a write-only attribute holds: its path and that object's id,
    never the value. `depends_on` are the addresses it needs, and until the next revision those it needed
    before. `deposed` are ids that were replaced and are still to be revoked. `made` is whether
    pingconf made the object, or switched it on, rather than found it so. `protected` objects are not
    destroyed, whatever becomes of their place in the file. `leaving` ones are being removed by ourselves: if
    they are gone, nobody else took them.
    """

    id: str
    attributes: Attributes
    bindings: Mapping[str, str] = field(default_factory=dict)
    depends_on: tuple[Address, ...] = ()
    deposed: tuple[str, ...] = ()
    made: bool = True
    protected: bool = False
    leaving: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """A key was renamed in the file: what is recorded under the one address belongs to the other."""

    source: Address
    target: Address
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """Our own mark on an object that has free text: which state made it, for which key, at which attempt."""

    lineage: str
    key: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Observed:
    """What a service says now about one object, in the shape of the file and without secrets.

    `spellings` holds other texts a user may write for the same value (a population's id for its name).
    `facts` are things the file never sets but decisions need, such as the time of creation. `bindings` says
    which object's secret a write-only attribute holds, as in `Recorded`, where the service lets that be seen.
    `names` are the names of other objects that its attributes hold by their ids, the one to show first.
    """

    id: str
    attributes: Attributes
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    bindings: Mapping[str, str] = field(default_factory=dict)
    marker: Marker | None = None
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Renewal:
    """By when something that ends must be made anew, and when it ends."""

    before: datetime
    ends: datetime
