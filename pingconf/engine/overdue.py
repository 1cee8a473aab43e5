"""What cannot stay as it is though nobody changed it: a token that must be renewed, changes that wait."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from pingconf.engine.situation import Situation
from pingconf.model.address import Address
from pingconf.model.plan import EXPIRES, UNPUBLISHED, Drift

OURS: Final = "changes of our own, which an earlier run could not publish"


def due_renewals(found: Iterable[Situation], now: datetime) -> Iterator[Drift]:
    """A token whose time has come. The texts stay the same from day to day until it has expired, so that
    it is not told as a new one each day."""
    for one in found:
        if one.recorded is None or one.observed is None or one.unverified:
            continue
        written = {**one.recorded.attributes, **(one.desired.attributes if one.desired else {})}
        renewal = one.kind.renewal(written, one.observed)
        if renewal is not None and (renewal.before < now or renewal.ends <= now):
            word = "expired" if renewal.ends <= now else "expires"
            before = f"must be renewed before {renewal.before:%Y-%m-%d}"
            yield Drift(one.address, EXPIRES, before, f"{word} on {renewal.ends:%Y-%m-%d}")


def unpublished(revision: Address, uncommitted: bool, foreign: Iterable[str]) -> Iterator[Drift]:
    """What the next revision would publish: what is ours, and in words what is others'."""
    waiting = [OURS] if uncommitted else []
    waiting += [f"somebody else's: {one}" for one in foreign]
    if waiting:
        yield Drift(revision, UNPUBLISHED, [], waiting)
