"""A wish to end the run, which a signal brings: heeded between two steps and while waiting."""

from __future__ import annotations

import threading


class Interruption:
    """Asked for once, by a handler; whoever waits is woken up."""

    def __init__(self) -> None:
        self._event = threading.Event()

    @property
    def asked(self) -> bool:
        """Whether the run shall end."""
        return self._event.is_set()

    def ask(self) -> None:
        """Let the run end as soon as what is in flight has been written down."""
        self._event.set()

    def sleep(self, seconds: float) -> None:
        """Wait, but no longer than until somebody asks."""
        self._event.wait(seconds)
