"""What was told of drift so far, and what is news: so that the same is not told each hour again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from pingconf.model.address import Address
from pingconf.model.plan import Drift


@dataclass(frozen=True, slots=True)
class StandingDrift:
    """One drift that is there, in plain values.

    `since` is when it was seen first, `told` whether somebody was told of it as it is now, `changed` whether
    it was told otherwise before.
    """

    drift: Drift
    since: datetime
    told: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nobody can say whether there is drift, or not of all; since when, and whether that was told."""

    text: str
    since: datetime
    told: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What the last look came to, and what of it was told."""

    drift: tuple[StandingDrift, ...] = ()
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What a look came to, held against what was told before.

    `kept` was there before, and could not be looked at now. `resolved` was told, and is there no more.
    `ended` is a trouble that was told and is over.
    """

    standing: tuple[StandingDrift, ...] = ()
    kept: tuple[StandingDrift, ...] = ()
    resolved: tuple[StandingDrift, ...] = ()
    trouble: Trouble | None = None
    ended: Trouble | None = None

    @property
    def fresh(self) -> tuple[StandingDrift, ...]:
        """Drift that was not told yet, as it is now."""
        return tuple(one for one in self.standing if not one.told)

    @property
    def new_trouble(self) -> bool:
        """Whether it cannot be told, for the first time."""
        return self.trouble is not None and not self.trouble.told

    @property
    def worth_telling(self) -> bool:
        """Whether anything is new, has changed, or is over."""
        return bool(self.fresh or self.resolved or self.new_trouble or self.ended)

    def as_told(self, *, delivered: bool) -> Told:
        """What to write down. Where it could not be delivered, all of it will be news once more."""
        if delivered:
            standing = (replace(one, told=True, changed=False) for one in self.standing)
            trouble = replace(self.trouble, told=True) if self.trouble else None
            return Told((*standing, *self.kept), trouble)
        return Told((*self.standing, *self.kept, *self.resolved), self.trouble or self.ended)


def compare(
    told: Told, drift: Iterable[Drift], now: datetime, *, trouble: str = "", unread: Collection[Address] = ()
) -> News:
    """What is news in a look that was made now; `trouble` says why it is not complete, `unread` of what."""
    before = {(one.drift.address, one.drift.path): one for one in told.drift}
    standing = tuple(_standing(before.pop((one.address, one.path), None), one, now) for one in drift)
    gone = [one for one in before.values() if one.drift.address not in unread]
    return News(
        standing,
        kept=tuple(one for one in before.values() if one.drift.address in unread),
        resolved=tuple(one for one in gone if one.told or one.changed),
        trouble=_troubled(told.trouble, trouble, now),
        ended=told.trouble if told.trouble and told.trouble.told and not trouble else None,
    )


def compare_failure(told: Told, trouble: str, now: datetime) -> News:
    """What is news where nothing could be looked at: nothing is new, and nothing is over."""
    return News(kept=told.drift, trouble=_troubled(told.trouble, trouble, now))


def _standing(known: StandingDrift | None, drift: Drift, now: datetime) -> StandingDrift:
    if known is None:
        return StandingDrift(drift, now)
    if known.drift == drift:
        return known
    return replace(known, drift=drift, told=False, changed=known.told or known.changed)


def _troubled(known: Trouble | None, text: str, now: datetime) -> Trouble | None:
    if not text:
        return None
    return replace(known, text=text) if known else Trouble(text, now)
