"""The plan: a frozen value, complete before anything is touched, printable and without a secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from pingconf.model.address import Address
from pingconf.model.resource import Desired, Observed
from pingconf.model.state import Entry
from pingconf.model.values import Value

EXPIRES: Final = "expires"
UNPUBLISHED: Final = "unpublished"


class Action(StrEnum):
    """What happens to a resource as a whole."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    ADOPT = "adopt"
    FORGET = "forget"
    COMMIT = "commit"


class Verb(StrEnum):
    """What one step does."""

    CREATE = "create"
    UPDATE = "update"
    TEST = "test"
    RECORD = "record"
    ADOPT = "adopt"
    RELEASE = "release"
    DELETE = "delete"
    FORGET = "forget"
    DEPROVISION = "deprovision"
    AWAIT = "await"
    COMMIT = "commit"
    VERIFY = "verify"
    REVOKE = "revoke"


@dataclass(frozen=True, slots=True)
class Difference:
    """One attribute that changes. Of a sensitive one, before and after are None."""

    path: str
    before: Value
    after: Value
    sensitive: bool = False
    forces_replacement: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What will happen to one resource, and why. Reasons are for people; no decision reads them."""

    address: Address
    action: Action
    reason: str
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Drift:
    """One attribute that someone else changed since our last step: recorded against observed.

    An object that is gone has the path `id` and nothing observed. Two things nobody changed are drift as
    well, as they cannot stay so: at the path EXPIRES by when a token must be renewed, and when it ends; at
    UNPUBLISHED, below the revision, what waits for one.
    """

    address: Address
    path: str
    recorded: Value
    observed: Value

    @property
    def by_hand(self) -> bool:
        """Whether somebody changed it."""
        return self.path not in (EXPIRES, UNPUBLISHED)


@dataclass(frozen=True, slots=True)
class Step:
    """One act of an apply. `needs` are the keys of steps that must be done before.

    `desired` is what the resource shall become. `ids` are the objects it acts on, where they exist already.
    `made` is what an adoption records: whether the object counts as made by pingconf. `published` steps take
    effect with the next revision only.
    """

    key: str
    verb: Verb
    address: Address
    needs: tuple[str, ...] = ()
    desired: Desired | None = None
    ids: tuple[str, ...] = ()
    made: bool = True
    published: bool = False


@dataclass(frozen=True, slots=True)
class RulePeople:
    """How many people are in scope of a rule before and after; None where nobody could count them."""

    rule: Address
    before: int | None
    after: int | None
    gains: int = 0
    losses: int = 0


@dataclass(frozen=True, slots=True)
class People:
    """Whom a plan would take access from, as far as it changes who is in scope.

    `in_scope` are all people of the rules of the file now, `removed` those of them who are in none
    afterwards. `lost` are their e-mails, or user names, which are not saved with a plan. `trouble` is why
    they could not be counted.
    """

    rules: tuple[RulePeople, ...] = ()
    in_scope: int = 0
    removed: int = 0
    lost: tuple[str, ...] = ()
    trouble: str = ""


def number_of_people(number: int) -> str:
    """As a sentence says it."""
    return "1 person" if number == 1 else f"{number} people"


@dataclass(frozen=True, slots=True)
class Plan:
    """What an apply would do, in order, and what it was computed from.

    `learnt` is written down before the first step: renamed keys, and what looking settled. `observed` is
    everything that exists already, as it was when the plan was made. `left_out` are resources with something
    to do that were not asked for. `foreign` is what others left unpublished and this would publish, in words.
    `revision` is the id of the latest one at PingOne, empty where there is
    none or nobody looked.
    """

    lineage: str
    serial: int
    changes: tuple[Change, ...] = ()
    steps: tuple[Step, ...] = ()
    drift: tuple[Drift, ...] = ()
    unverified: tuple[Address, ...] = ()
    warnings: tuple[str, ...] = ()
    observed: Mapping[Address, Observed] = field(default_factory=dict)
    learnt: tuple[Entry, ...] = ()
    left_out: tuple[Address, ...] = ()
    foreign: tuple[str, ...] = ()
    people: People = field(default_factory=People)
    revision: str = ""

    @property
    def complete(self) -> bool:
        """Whether everything could be read."""
        return not self.unverified

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do, not even to write down."""
        return not self.steps and not self.learnt
