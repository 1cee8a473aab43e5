"""How fast a service is asked: below its limits where they are known or announced, and not at all while it
asks for a pause. One pace a service, shared by all threads.

Sources: developer.pingidentity.com/pingone-api/platform/rate-limiting (600 configuration calls a minute and
licence, 100 a second and address); infisical.com/docs/api-reference/overview/rate-limits (the cloud's limits,
by the minute and address; a server of one's own has none); its `x-ratelimit-*` headers as observed.
"""

from __future__ import annotations

import ipaddress
import logging
import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from typing import Final, Literal, TypeAlias

from pingconf.clients.answer import Answer
from pingconf.clients.retry import FIRST_WAIT, JITTER, LONGEST_WAIT, Patience, when_to_return
from pingconf.clients.window import Announcement, Window
from pingconf.model.errors import Interrupted, ServiceError

log = logging.getLogger("pingconf.pace")

Lane: TypeAlias = Literal["read", "write", "login"]
"""The classes that services count apart: looks, changes, and the requests that get a token."""
LANES: Final[tuple[Lane, ...]] = ("read", "write", "login")
WORTH_TELLING: Final = 2.0
"""Seconds of a wait from which on it is told."""
LONGEST_RESET: Final = 3600.0
"""Seconds; what announces more does not count in seconds."""
TOO_MANY: Final = 429
UNAVAILABLE: Final = 503

Windows: TypeAlias = Mapping[Lane, tuple[Window, ...]]
"""What holds for each class; the first is what the service's words and refusals are about."""


def unlimited() -> Windows:
    """For a service whose limits nobody knows: it keeps what is announced, and pauses when asked to."""
    return {lane: (Window(),) for lane in LANES}


def known_limits(service: str, host: str) -> Windows:
    """What is documented for a host.

    PingOne: four fifths of the base rate, for reads and writes together, as others share the licence. An
    address may have less (35 % by default, if that holds for this group): that is learnt from its refusals,
    as asking for so little from the start would make everybody wait. Infisical's cloud: the smallest of its
    plans, until it announces more with its first answer.
    """
    if _is_loopback(host):
        return unlimited()
    if service == "PingOne":
        both = (Window(480), Window(80, 1.0))
        return {"read": both, "write": both, "login": (Window(),)}
    if f".{host}".endswith(".infisical.com"):
        return {"read": (Window(200),), "write": (Window(90),), "login": (Window(),)}
    return unlimited()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def announced(headers: Mapping[str, str]) -> Announcement | None:
    """The limit that an answer announces in `x-ratelimit-*`, in whole seconds; None if absent or unusable."""
    texts = [headers.get(f"x-ratelimit-{name}", "").strip() for name in ("limit", "remaining", "reset")]
    if not all(text.isascii() and text.isdigit() and len(text) < 10 for text in texts):
        return None
    limit, left, resets_in = map(int, texts)
    return Announcement(limit, left, float(resets_in)) if resets_in <= LONGEST_RESET else None


@dataclass(slots=True)
class Turn:
    """One request's leave to go. Whoever sent it puts in its answer, and the pause that it asks for."""

    windows: tuple[Window, ...]
    left_at: float
    answer: Answer | None = None
    pause: float | None = None


class Pace:
    """The pace of one service. `served` counts the answers that were no refusal for being too many."""

    def __init__(self, service: str, windows: Windows) -> None:
        self._service = service
        self._windows = windows
        self._lock = threading.Lock()
        self._pause_ends = -inf
        self._told = False
        self.served = 0

    @contextmanager
    def turn(self, lane: Lane, patience: Patience) -> Iterator[Turn]:
        """Wait until a request of this class may go; while the block lasts it is under way.

        Raises ServiceError where that is more than a minute away, and Interrupted where the run shall end
        meanwhile; nothing was sent then.
        """
        turn = self._take(self._windows[lane], patience)
        try:
            yield turn
        finally:
            self._give_back(turn, patience)

    def _take(self, windows: tuple[Window, ...], patience: Patience) -> Turn:
        now = patience.clock()
        while True:
            with self._lock:
                opens = max(self._pause_ends, *(window.opens(now) for window in windows))
                if opens <= now:
                    for window in windows:
                        window.leave()
                    return Turn(windows, now)
                after = random.uniform(0, JITTER) if opens == self._pause_ends else 0.0  # noqa: S311
            self._wait(opens - now, after, patience)
            now = max(patience.clock(), opens)  # a test's sleep takes no time

    def _wait(self, seconds: float, after: float, patience: Patience) -> None:
        """The time after a pause lets not all threads start in one moment."""
        if seconds > LONGEST_WAIT + 1:
            raise ServiceError(
                f"{self._service} asks for a pause that is not over",
                "Nothing was sent meanwhile.",
                when_to_return(seconds, patience.now()),
                status=TOO_MANY,
            )
        self._tell(seconds)
        patience.sleep(seconds + after)
        if patience.over():
            raise Interrupted(
                f"Interrupted while waiting for {self._service}, which limits how much it may be asked",
                "The request that waited was not sent.",
            )

    def _give_back(self, turn: Turn, patience: Patience) -> None:
        now = patience.clock()
        answer = turn.answer
        refused = answer is not None and answer.status == TOO_MANY
        said = announced(answer.headers) if answer is not None else None
        pause = _pause(turn)
        with self._lock:
            for window in turn.windows:
                window.land(now, said, refused=refused)
            if said is not None:
                turn.windows[0].heed(said, turn.left_at, now)
            elif refused:
                turn.windows[0].shrink(turn.left_at, now)
            self._pause_ends = max(self._pause_ends, now + pause)
            self.served += answer is not None and not refused
        if pause <= LONGEST_WAIT:
            self._tell(pause)

    def _tell(self, seconds: float) -> None:
        """Once, so that whoever watches does not take it for dead."""
        if seconds > WORTH_TELLING and not self._told:
            self._told = True
            log.warning(
                "%s limits how much it may be asked: waiting %d s, maybe again", self._service, seconds
            )


def _pause(turn: Turn) -> float:
    """Seconds that nobody sends anything after an answer: as it asks, or a moment after a mere refusal."""
    status = turn.answer.status if turn.answer is not None else 0
    if status not in (TOO_MANY, UNAVAILABLE):
        return 0.0
    if turn.pause is not None:
        return turn.pause
    return FIRST_WAIT if status == TOO_MANY else 0.0


class Paces:
    """The pace of each service at each host; all doors of one session share them."""

    def __init__(self, *, limits_known: bool = True) -> None:
        self._limits_known = limits_known
        self._lock = threading.Lock()
        self._paces: dict[tuple[str, str, int | None], Pace] = {}

    def of(self, service: str, host: str, port: int | None) -> Pace:
        """The one pace of a service there."""
        with self._lock:
            key = (service, host, port)
            if key not in self._paces:
                windows = known_limits(service, host) if self._limits_known else unlimited()
                self._paces[key] = Pace(service, windows)
            return self._paces[key]
