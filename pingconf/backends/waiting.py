"""Waiting for a lock that is held elsewhere, and holding it, where no kernel tells of its end."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from pingconf.model.errors import LockedError, PingconfError

FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 2.0
"""Seconds between two looks; each pause is twice as long as the one before."""
log = logging.getLogger("pingconf.state")


@contextmanager
def holding(
    id: str, take: Callable[[], LockedError | None], give_back: Callable[[], None], timeout: float
) -> Iterator[None]:
    """Hold the lock of this id while the block lasts; a run that dies leaves it where it is.

    That it could not be given back is said, not raised: what the run came to is known, and must not be lost
    for that.
    """
    try:
        until_free(take, timeout)
    except KeyboardInterrupt:  # it may have been taken just now
        with suppress(PingconfError):
            give_back()
        raise
    try:
        yield
    finally:
        try:
            give_back()
        except PingconfError as failure:
            log.warning(
                "The lock of the state could not be given back: %s. Take it away: pingconf unlock %s",
                failure.headline,
                id,
            )


def until_free(take: Callable[[], LockedError | None], timeout: float) -> None:
    """Try to take a lock until it works, for `timeout` seconds at most; then raise what `take` said last.

    `take` answers with None once it has the lock, else with the error that says who holds it.
    """
    end = time.monotonic() + timeout
    pause = FIRST_PAUSE
    while (held := take()) is not None:
        left = end - time.monotonic()
        if left <= 0:
            raise held
        time.sleep(min(pause, left))
        pause = min(2 * pause, LONGEST_PAUSE)
