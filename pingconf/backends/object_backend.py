"""The state as an object in S3, Google Cloud Storage or Azure Blob Storage, with its journal, lock and log
beside it.

The lock is an object that is created only where there is none. It keeps runs from waiting for nothing; what
keeps them from overwriting each other is that the state is only ever replaced as the version that was read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pingconf.backends import Run, run_log
from pingconf.backends.codec import is_same
from pingconf.backends.holder import Holder, locked, new_holder, other_id, parse_holder
from pingconf.backends.object_journal import ObjectJournal, journal_prefix, load, object_name, replace_state
from pingconf.backends.object_store import Objects
from pingconf.backends.waiting import holding
from pingconf.model.errors import LockedError, StateError
from pingconf.model.state import State

WRITES: Final = 5
"""How often a line is added to the log that others write, too."""


class ObjectBackend:
    """Keeps one state at a key; beside it lie `.journal/`, `.backup`, `.runs` and `.lock`."""

    def __init__(self, objects: Objects, run_url: str = "") -> None:
        self.objects = objects
        self._run_url = run_url
        self._key = objects.place.path
        self._lock_key = f"{self._key}.lock"
        self._runs_key = f"{self._key}.runs"

    @property
    def where(self) -> str:
        """The address of the state."""
        return self.objects.where

    def read(self) -> State | None:
        """The state with its journal replayed; None only if nothing was ever acknowledged. Writes nothing."""
        return load(self.objects).state

    @contextmanager
    def lock(self, command: str, timeout: float = 0) -> Iterator[None]:
        """Keep all other runs out while the block lasts; a run that dies leaves the lock where it is."""
        holder = new_holder(command, self._run_url)
        with holding(holder.id, lambda: self._take(holder), lambda: self._give_back(holder), timeout):
            yield

    def _take(self, holder: Holder) -> LockedError | None:
        if self.objects.create(self._lock_key, holder.to_bytes()) is not None:
            return None
        found = self.objects.get(self._lock_key)
        return locked(self.where, parse_holder(found.data) if found else None)

    def _give_back(self, holder: Holder) -> None:
        """Remove the lock if it still is ours."""
        found = self.objects.get(self._lock_key)
        if found is not None and found.data == holder.to_bytes():
            self.objects.delete(self._lock_key)

    def unlock(self, id: str) -> bool:
        """Take away the lock of this id; whether there was one. Nobody can tell whether its run lives.

        Raises LockedError where the id is another's, StateError where the lock does not say whose it is.
        """
        found = self.objects.get(self._lock_key)
        if found is None:
            return False
        holder = parse_holder(found.data)
        if holder is None:
            raise StateError(
                f"The lock {self.where}.lock does not say whose it is", "Delete that object by hand."
            )
        if holder.id != id:
            raise other_id(self.where, holder, id)
        self.objects.delete(self._lock_key)
        return True

    def session(self, state: State) -> ObjectJournal:
        """A journal that goes on from `state`; raises StateError if another run has written meanwhile."""
        loaded = load(self.objects)
        if not is_same(loaded.state, state):
            raise StateError(f"State {self.where} changed since it was read", "Run the command again.")
        return ObjectJournal(self.objects, state, loaded)

    def write(self, state: State) -> None:
        """Make `state` the version that is kept, with the version before as backup; any journal goes.

        What of the journal a reader would take for a part of the new version goes first.
        """
        before = self.objects.version(self._key)
        prefix = journal_prefix(self.objects)
        names = self.objects.names(prefix)
        self.objects.delete(*(one for one in names if one >= object_name(self.objects, state.serial, 0)))
        if replace_state(self.objects, state, before) is None:
            raise StateError(
                f"State {self.where} was changed by another run meanwhile", "Nothing was overwritten."
            )
        self.objects.delete(*names)

    def log(self, run: Run) -> None:
        """Add one line to the run log."""
        line = run_log.to_line(run)
        for _ in range(WRITES):
            found = self.objects.get(self._runs_key)
            data, version = (found.data, found.version) if found else (b"", None)
            if self.objects.replace(self._runs_key, data[: run_log.whole(data)] + line, version) is not None:
                return
        raise StateError(f"The run log {self.where}.runs is being written all the time")

    def runs(self) -> tuple[Run, ...]:
        """Every line of the run log, the oldest first. Writes nothing."""
        found = self.objects.get(self._runs_key)
        return run_log.parse_lines(found.data if found else b"", f"{self.where}.runs")

    def forget(self) -> None:
        """Delete the state with its journal, backup and log."""
        self.objects.delete(*self.objects.names(journal_prefix(self.objects)))
        self.objects.delete(self._key, f"{self._key}.backup", self._runs_key)
