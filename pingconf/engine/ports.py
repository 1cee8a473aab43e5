"""What an apply is handed of the outer world: services, a journal, time, and whoever may want it to end."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pingconf.engine.workers import ALONE, Workers
from pingconf.model.errors import Interrupted
from pingconf.model.state import Entry, State

Api = TypeVar("Api")


class Journal(Protocol):
    """Where each entry is written down for good before the next act."""

    @property
    def state(self) -> State: ...

    def append(self, entry: Entry) -> None: ...


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Ports(Generic[Api]):
    """`nonce` gives a new text of eight hexadecimal digits each time, `sleep` waits for so many seconds.

    What is looked at while `glancing` need not be read again for what is written right afterwards.
    `stopped` is asked before each step and while waiting: whether somebody wants the apply to end.
    """

    api: Api
    journal: Journal
    nonce: Callable[[], str]
    sleep: Callable[[float], None] = time.sleep
    stopped: Callable[[], bool] = _never
    workers: Workers = ALONE
    glancing: Callable[[], AbstractContextManager[None]] = nullcontext

    def stop_if_asked(self) -> None:
        """Raise Interrupted where somebody wants it to end."""
        if self.stopped():
            raise Interrupted("Interrupted")

    def pause(self, seconds: float) -> None:
        """Wait, and end where somebody wants that meanwhile."""
        self.sleep(seconds)
        self.stop_if_asked()
