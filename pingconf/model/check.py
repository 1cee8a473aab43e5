"""What a look at one thing came to: a line of the checklist that `doctor` prints."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    """How it stands. What is skipped could not be looked at, or need not be."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """How something stands, what was seen, and how to mend it where it is not well.

    `credential` is whether a failed one is about a credential: missing, wrong, expired or without a role.
    """

    status: Status
    seen: str
    mend: str = ""
    credential: bool = False


@dataclass(frozen=True, slots=True)
class Check(Finding):
    """The same with the name of what was looked at: one line of the checklist."""

    name: str = field(kw_only=True)


def well(seen: str) -> Finding:
    """As it should be, or as the next apply makes it."""
    return Finding(Status.OK, seen)


def doubtful(seen: str, mend: str) -> Finding:
    """It works, but somebody should know."""
    return Finding(Status.WARNING, seen, mend)


def wrong(seen: str, mend: str) -> Finding:
    """It does not work, or will not."""
    return Finding(Status.FAILED, seen, mend)


def refused(seen: str, mend: str) -> Finding:
    """It does not work for want of a credential, or of a role."""
    return Finding(Status.FAILED, seen, mend, credential=True)


def unseen(why: str) -> Finding:
    """Nobody could look, or there is nothing to look at."""
    return Finding(Status.SKIPPED, why)
