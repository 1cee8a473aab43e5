"""How everything stands, as `status` tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pingconf.model.address import Address
from pingconf.model.verification import Sync


@dataclass(frozen=True, slots=True)
class TokenLife:
    """A SCIM token: whether Infisical has it, and how many whole days it still works; None is for ever, or
    not known where it is not there. `deposed` ones were replaced, and are still to be revoked."""

    address: Address
    id: str
    there: bool
    days_left: int | None
    until: str = ""
    deposed: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """The latest revision, when it was made, whether pingconf made it, and what was changed since."""

    id: str
    at: str
    ours: bool
    unpublished: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Everything; None stands for what could not be read, and `troubles` say why. `lineage` is empty where
    there is no state yet."""

    where: str
    lineage: str
    serial: int
    resources: tuple[tuple[Address, str], ...]
    pending: tuple[Address, ...]
    uncommitted: bool
    tokens: tuple[TokenLife, ...] | None
    syncs: tuple[Sync, ...] | None
    published: Published | None
    last_run: Mapping[str, Any] | None
    troubles: tuple[str, ...] = ()
