"""The events of an apply: what a step just did, and the sum at the end."""

from __future__ import annotations

from dataclasses import dataclass

from pingconf.model.address import Address
from pingconf.model.errors import PingconfError
from pingconf.model.plan import Verb


@dataclass(frozen=True, slots=True)
class Begun:
    """A step was begun."""

    address: Address
    verb: Verb


@dataclass(frozen=True, slots=True)
class Done:
    """A step was done and is recorded."""

    address: Address
    verb: Verb
    seconds: float


@dataclass(frozen=True, slots=True)
class Failed:
    """A step failed; nothing that needs it will be begun."""

    address: Address
    verb: Verb
    seconds: float
    error: PingconfError


@dataclass(frozen=True, slots=True)
class Skipped:
    """A step was not begun, as one it needs failed or the run was stopped."""

    address: Address
    verb: Verb


Event = Begun | Done | Failed | Skipped
"""What an apply tells while it goes on."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What an apply came to: resources added, changed and destroyed; steps failed and skipped.

    A replaced resource counts as one added and one destroyed.
    """

    added: int = 0
    changed: int = 0
    destroyed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def stopped(self) -> bool:
        """Whether something of the plan was left undone."""
        return bool(self.failed or self.skipped)
