"""Where the state is kept. A backend reads it, locks it, and opens a journal that moves it on."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from pingconf.model.state import Entry, State


class Journal(Protocol):
    """One run's way to write things down; may be used by several threads."""

    @property
    def state(self) -> State:
        """The state with everything appended so far."""

    def append(self, entry: Entry) -> None:
        """Write one entry down; it survives a death of the process as soon as this returns."""

    def close(self) -> None:
        """Make the next version of the state of what was appended; without any entry, write nothing."""


class Backend(Protocol):
    """A place that keeps one state."""

    def read(self) -> State | None:
        """The state as of the last entry, or None where there never was one. Writes nothing."""

    def lock(self, command: str, timeout: float = 0) -> AbstractContextManager[None]:
        """Keep all other runs out; waits `timeout` seconds at most, then raises LockedError."""

    def unlock(self, id: str) -> bool:
        """Take away the lock of this id, where its run is dead; whether there was one. Raises LockedError
        where that run lives or the id is another's."""

    def session(self, state: State) -> Journal:
        """A journal that goes on from `state`, which must be what `read` gave, or a new one."""
