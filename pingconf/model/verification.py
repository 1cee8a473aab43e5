"""What a look at both ends of provisioning came to: who is in scope, who has arrived, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pingconf.model.address import Address


class Gap(StrEnum):
    """How PingOne and Infisical differ."""

    UNAPPLIED = "unapplied"
    FAILED = "failed"
    MISSING = "missing"
    INACTIVE = "inactive"
    SURPLUS = "surplus"
    GROUP_MISSING = "group_missing"
    GROUP_MEMBER_MISSING = "group_member_missing"
    GROUP_MEMBER_SURPLUS = "group_member_surplus"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the file would have it.

    `what` is an e-mail, or a user name where there is none; the name of a group; or an address. `group` is
    the group that a person is too few or too many in. `reason` is in the words of a service, or ours.
    """

    gap: Gap
    what: str
    group: str = ""
    rule: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sync:
    """What PingOne tells of a connection's last synchronization; counts are of the time since the latest
    revision, `total` is None where PingOne has counted nobody. `last` is a time as PingOne writes it."""

    connection: Address
    settled: bool
    state: str = ""
    total: int | None = None
    succeeded: int = 0
    failed: int = 0
    failed_deprovisions: int = 0
    last: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One look while PingOne is at it: seconds waited so far, and how many there are at most."""

    waited: float
    at_most: float
    syncs: tuple[Sync, ...]

    @property
    def settled(self) -> int:
        """How many connections are done."""
        return sum(one.settled for one in self.syncs)


@dataclass(frozen=True, slots=True)
class Verification:
    """Everything that was looked at, what differs, and what nobody could tell.

    `in_scope` is the number of people who must be members, `members` that of active ones, None where nobody
    could read them. `administrators` are members whom no rule brings; there must be some, so they do not
    count as differences.
    """

    differences: tuple[Difference, ...]
    unread: tuple[str, ...]
    syncs: tuple[Sync, ...]
    in_scope: int
    members: int | None
    groups: int
    administrators: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    """People in scope by the address of the rule."""

    @property
    def settled(self) -> bool:
        """Whether PingOne is done with the latest revision on every connection."""
        return all(one.settled for one in self.syncs)

    @property
    def complete(self) -> bool:
        """Whether there was nothing that could not be told."""
        return not self.unread and self.settled
