"""Waiting for a lock that is held elsewhere, where no kernel tells of its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from pingconf.model.errors import LockedError

FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 2.0
"""Seconds between two looks; each pause is twice as long as the one before."""


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
