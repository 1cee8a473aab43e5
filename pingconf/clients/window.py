"""How many requests of one class may be sent, and when the next: a value with neither clock nor lock.

A request takes its place from when it leaves until `seconds` after its answer came. Whenever the service
counted it, that was in between; so the service never counts more than `quota` of ours in any `seconds`,
wherever its own windows begin and however slow the line is.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import inf
from typing import Final

MINUTE: Final = 60.0
LEAST: Final = 60
"""Requests a window that refusals never talk us out of: one a second."""
LOOK_AGAIN: Final = 0.02
"""Seconds until the next look where only an answer that is still under way can tell whether one may go."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a service says of its limit: how many a window, how many are left, seconds until the next one."""

    limit: int
    left: int
    resets_in: float


class Window:
    """At most `quota` requests in any `seconds`, and no more than the service says are left.

    Without a quota nothing holds a request back until the service announces a limit. All times are seconds of
    one clock, which never goes back.
    """

    def __init__(self, quota: int | None = None, seconds: float = MINUTE) -> None:
        self.quota = quota
        self.seconds = seconds
        self._flying = 0
        self._landed: deque[float] = deque()
        self._announced = False
        self._left = 0
        self._resets = -inf
        self._learnt = -inf

    def opens(self, now: float) -> float:
        """When the next may leave, at the earliest; `now` where it may at once."""
        self._forget(now)
        return max(now, self._opens_by_log(now), self._opens_by_word(now))

    def _forget(self, now: float) -> None:
        while self._landed and self._landed[0] + self.seconds <= now:
            self._landed.popleft()

    def _opens_by_log(self, now: float) -> float:
        if self.quota is None:
            return now
        over = self._flying + len(self._landed) - self.quota
        if over < 0:
            return now
        return (self._landed[over] if over < len(self._landed) else now) + self.seconds

    def _opens_by_word(self, now: float) -> float:
        """What is under way may be among what the service counted, or not yet: it is taken off the rest."""
        if now >= self._resets or self._left > self._flying:
            return now
        return min(self._resets, now + LOOK_AGAIN) if self._flying else self._resets

    def leave(self) -> None:
        """A request goes out."""
        self._flying += 1

    def land(self, now: float, said: Announcement | None = None, *, refused: bool = False) -> None:
        """Its answer came, or never will. One that was refused for being too many does not count."""
        self._flying -= 1
        if not refused:
            self._landed.append(max(now, self._landed[-1]) if self._landed else now)
        if said is None:
            self._left -= 1

    def heed(self, said: Announcement, left_at: float, now: float) -> None:
        """Take the service at its word, which came with the answer to a request that left at `left_at`.

        A service counts some requests in several classes; the tightest limit is the one to keep. A window's
        length is not announced: it is the longest time to a reset that was heard of.
        """
        limit = max(1, said.limit)
        if self._announced and self.quota is not None and limit > self.quota:
            return
        resets = now + said.resets_in
        if not self._announced or limit != self.quota or left_at >= self._resets:
            self._left, self._resets = said.left, resets
        else:  # the same window of the service: what is left only falls, but answers may overtake each other
            self._left, self._resets = min(self._left, said.left), min(self._resets, resets)
        self.seconds = max(said.resets_in, self.seconds if self._announced else 1.0)
        self._announced, self.quota = True, limit

    def shrink(self, left_at: float, now: float) -> None:
        """Believe in less after a refusal that came below the quota: in half of it, but never in less than
        what was served in the window that ended with the refusal.

        Somebody else may have used up the rest: so it takes several refusals to get far below what is served.
        What left before the latest lesson teaches nothing new.
        """
        if self.quota is None or self._announced or left_at < self._learnt:
            return
        self._forget(now)
        self.quota = min(self.quota, max(self.quota // 2, len(self._landed), LEAST))
        self._learnt = now
