"""Where the state is kept. A backend reads it, locks it, and opens a journal that moves it on."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from pingconf.model.state import Entry, State

Run = Mapping[str, Any]
"""One line of the run log: plain JSON, without a secret."""


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
    """A place that keeps one state, and beside it the log of the runs that changed something."""

    @property
    def where(self) -> str:
        """The place as a person would write it, without any credential."""

    def read(self) -> State | None:
        """The state as of the last entry, or None where there never was one. Writes nothing."""

    def lock(self, command: str, timeout: float = 0) -> AbstractContextManager[None]:
        """Keep all other runs out; waits `timeout` seconds at most, then raises LockedError."""

    def unlock(self, id: str) -> bool:
        """Take away the lock of this id; whether there was one. Raises LockedError where the id is
        another's, and on this machine where that run lives: elsewhere whoever asks must be sure that it is
        dead."""

    def session(self, state: State) -> Journal:
        """A journal that goes on from `state`, which must be what `read` gave, or a new one."""

    def write(self, state: State) -> None:
        """Make `state` the version that is kept, whatever there was; any journal goes. Needs the lock."""

    def log(self, run: Run) -> None:
        """Add one line to the run log. Needs the lock; raises StateError where it could not be kept."""

    def runs(self) -> tuple[Run, ...]:
        """Every line of the run log, the oldest first. Writes nothing."""

    def forget(self) -> None:
        """Begin anew: no resource is recorded any more, no run logged. Needs the lock."""
