"""A rate limit as services keep it: so many requests in each fixed window, and 429 for those above."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Final

REFUSAL: Final = json.dumps(
    {"id": "limited", "code": "REQUEST_LIMITED", "message": "Too many requests. Try again later."}
).encode()


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a request may pass, and what the service says of its limit."""

    passes: bool
    headers: dict[str, str]


@dataclass(slots=True)
class Window:
    """At most `quota` requests in each `seconds`; a window opens with the first request after the last one.

    `announced`: each answer tells the limit, what is left of it and the seconds until it is whole again, in
    x-ratelimit headers as Infisical does. Retry-After goes with each refusal, in whole seconds as PingOne's
    (developer.pingidentity.com, platform/rate-limiting).
    """

    quota: int
    seconds: float
    announced: bool
    _ends: float = field(default=-math.inf, init=False)
    _passed: int = field(default=0, init=False)

    def rule(self, now: float) -> Ruling:
        """Count one request that comes `now`, by the monotonic clock."""
        if now >= self._ends:
            self._ends, self._passed = now + self.seconds, 0
        passes = self._passed < self.quota
        self._passed += passes
        left = math.ceil(self._ends - now)
        headers = {} if passes else {"Retry-After": str(left)}
        if self.announced:
            headers |= {
                "x-ratelimit-limit": str(self.quota),
                "x-ratelimit-remaining": str(self.quota - self._passed),
                "x-ratelimit-reset": str(left),
            }
        return Ruling(passes, headers)
