"""Everything that can go wrong, with the exit code each ends in.

PingconfError                      1   nothing below fits
├── ConfigurationError             1   the file: every fault at once, each with its place
├── StateError                     1   the state cannot be read or written
├── ServiceError                   1   a service refused, failed or answered nonsense
│   ├── NotFoundError              1   a clean 404 for one object
│   └── UnknownOutcomeError        1   a write may or may not have happened
├── ConnectionTestError            1   the new token does not work for PingOne; nothing was saved
├── CredentialError                3   a credential is missing, wrong, expired or lacks a role
│   └── UserNeededError            3   only a person may do this; a machine identity was given
├── StalePlanError                 4   what was planned on is not so any more, or the plan is not ours
├── GuardrailError                 5   who or what would be lost, and what allows it
├── LockedError                    6   another run holds the state
├── PartialApplyError              7   the apply stopped part-way; what was done is recorded
├── UsageError                    64   wrong usage
└── Interrupted                  130   a signal; the running step was journalled

Anything else that reaches the outermost door is a bug and exits 70.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A position in a text file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in the user's files: a headline, where, and what to do about it."""

    headline: str
    place: Place | None = None
    details: tuple[str, ...] = ()


class PingconfError(Exception):
    """A fault that ends in one clear message and a documented exit code."""

    exit_code = 1

    def __init__(self, headline: str, *details: str) -> None:
        super().__init__(headline)
        self.headline = headline
        self.details: tuple[str, ...] = details

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What to print: one entry, or several where all were found in one go."""
        return (Fault(self.headline, None, self.details),)

    def add(self, detail: str) -> None:
        """Say one thing more about it, once."""
        if detail not in self.details:
            self.details = (*self.details, detail)


class ConfigurationError(PingconfError):
    """The configuration is wrong; holds all faults that were found, in the order of the file."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults[0].headline)
        self._faults = tuple(faults)

    @property
    def faults(self) -> tuple[Fault, ...]:
        return self._faults


class StateError(PingconfError):
    """The state cannot be read or written; never taken for an empty one."""


class ServiceError(PingconfError):
    """A service refused a request, failed, or answered something that is not its API."""

    def __init__(
        self, headline: str, *details: str, status: int | None = None, code: str | None = None
    ) -> None:
        super().__init__(headline, *details)
        self.status = status
        self.code = code


class NotFoundError(ServiceError):
    """The service says in its own words that this one object does not exist."""


class UnknownOutcomeError(ServiceError):
    """The request was sent but its answer was lost or unusable: it may or may not have been done."""


class ConnectionTestError(PingconfError):
    """PingOne could not reach Infisical with the new token; nothing was saved with it."""


class CredentialError(PingconfError):
    """A credential is missing, wrong, expired or lacks a role."""

    exit_code = 3


class UserNeededError(CredentialError):
    """The route is open to a person's token only; what it would show stays unverified."""


class StalePlanError(PingconfError):
    """A plan was made on something that is not so any more, was changed, or was applied already."""

    exit_code = 4


class GuardrailError(PingconfError):
    """Something would be lost that must not be lost unasked; says what, and what allows it."""

    exit_code = 5


class LockedError(PingconfError):
    """Another run holds the lock of this state."""

    exit_code = 6


class PartialApplyError(PingconfError):
    """The apply stopped part-way. What was done is recorded; the next apply goes on from there."""

    exit_code = 7


class UsageError(PingconfError):
    """The command was called in a way that does not exist."""

    exit_code = 64


class Interrupted(PingconfError):
    """A signal ended the run; the running step was journalled."""

    exit_code = 130
