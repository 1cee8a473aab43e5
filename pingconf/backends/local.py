"""The state as a file on this machine, with its journal, its lock and one backup beside it."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from pingconf.backends import Run, disk, journal, run_log
from pingconf.backends.codec import decode, encode, is_same
from pingconf.backends.holder import UNKNOWN_USER, user_name
from pingconf.model.errors import LockedError, StateError
from pingconf.model.state import Entry, State, advance

LOOKS: Final = 50
BETWEEN_LOOKS: Final = 0.02
"""Seconds; a holder that has not said who it is gets as many looks, so far apart."""


class LocalBackend:
    """Keeps one state at `path`; beside it lie `.journal`, `.backup`, `.runs`, `.lock` and `.lock.info`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal_path = _beside(path, ".journal")
        self.backup_path = _beside(path, ".backup")
        self.lock_path = _beside(path, ".lock")
        self.lock_info_path = _beside(path, ".lock.info")
        self.runs_path = _beside(path, ".runs")

    @property
    def where(self) -> str:
        """The path of the state file."""
        return str(self.path)

    def read(self) -> State | None:
        """The state with its journal replayed; None only if nothing was ever acknowledged. Writes nothing."""
        return self._load()[0]

    @contextmanager
    def lock(self, command: str, timeout: float = 0) -> Iterator[None]:
        """Keep all other runs on this machine out while the block lasts.

        Waits `timeout` seconds at most, then raises LockedError that says who holds it. The kernel frees the
        lock of a process that died. `command` is shown to others, so it must hold no secret.
        """
        from filelock import FileLock, Timeout  # 40 ms, and plan needs none of it

        disk.make_folder(self.path.parent)
        disk.refuse_unless_regular(self.lock_path)
        lock = FileLock(self.lock_path, mode=disk.PRIVATE_FILE, fallback_to_soft=False)
        with disk.explained("lock", self.lock_path):
            try:
                lock.acquire(timeout=max(timeout, 0))
            except Timeout:
                raise self._locked() from None
        try:
            with disk.explained("write", self.lock_info_path):
                _put(self.lock_info_path, json.dumps(_holder(command)).encode())
            yield
        finally:
            try:
                with suppress(OSError):
                    disk.remove_file(self.lock_info_path)
            finally:
                lock.release()

    def unlock(self, id: str) -> bool:
        """Take away what a run that died left of its lock; whether there was anything.

        Raises LockedError where the run lives, as only its end frees the lock, and where the id is another's.
        """
        holder = self._holder()
        if holder is None and not self.lock_path.exists():
            return False
        if holder is not None and holder["id"] != id:
            raise LockedError(f"The lock of state {self.path} has another id: {holder['id']}, not {id}")
        with self.lock(f"pingconf unlock {id}"):
            return holder is not None

    def session(self, state: State) -> LocalJournal:
        """A journal that goes on from `state`, which must be what `read` gave, or a new one.

        Raises StateError if another run has written meanwhile. Only the holder of the lock may append.
        """
        found, written = self._load()
        if not is_same(found, state):
            raise StateError(f"State {self.path} changed since it was read", "Run the command again.")
        return LocalJournal(self, state, written)

    def write(self, state: State) -> None:
        """Make `state` the version that is kept: whole or not at all, with the version before as backup.

        The journal goes, as the new version stands for itself. Only the holder of the lock may call this.
        """
        data = encode(state)
        previous = disk.read_file(self.path)
        disk.make_folder(self.path.parent)
        with disk.explained("write", self.path):
            aside = disk.write_aside(self.path, data)
            try:
                if previous is not None:
                    _put(self.backup_path, previous)
                disk.move_file(aside, self.path)
            except BaseException:
                with suppress(OSError):
                    disk.remove_file(aside)
                raise
            disk.sync_folder(self.path.parent)
            disk.remove_file(self.journal_path)

    def log(self, run: Run) -> None:
        """Add one line to the run log. Only the holder of the lock may call this."""
        run_log.append(run, self.runs_path)

    def runs(self) -> tuple[Run, ...]:
        """Every line of the run log, the oldest first. Writes nothing."""
        return run_log.parse_lines(disk.read_file(self.runs_path) or b"", self.runs_path)

    def forget(self) -> None:
        """Remove the state with its journal, backup and log. Only the holder of the lock may call this."""
        for path in (self.journal_path, self.path, self.backup_path, self.runs_path):
            with disk.explained("remove", path):
                disk.remove_file(path)

    def _load(self) -> tuple[State | None, journal.Written | None]:
        """The state as of its last entry, and the journal if there is one to go on with.

        The journal is read first: should another run end in between, the state holds it already.
        """
        lines = disk.read_file(self.journal_path)
        data = disk.read_file(self.path)
        state = None if data is None else decode(data, self.path)
        written = None if lines is None else journal.parse(lines, self.journal_path)
        restored = journal.restore(state, written, self.journal_path)
        return restored, None if written and journal.is_compacted(state, written) else written

    def _locked(self) -> LockedError:
        """Who holds the lock; the words come from a file beside it, which may lag or lack.

        A run that got the lock a moment ago writes that file next, so it is given a moment to.
        """
        headline = f"State {self.path} is locked by another run"
        for _ in range(LOOKS):
            if self.lock_info_path.exists():
                break
            time.sleep(BETWEEN_LOOKS)
        holder = self._holder()
        said = "It does not say which one."
        if holder is not None:
            who = f"{holder['user']} on {holder['host']}, process {holder['pid']}"
            said = f"Held by {who}, since {holder['since']}: {holder['command']}"
        advice = "Wait for it to end, or let this run wait with --lock-timeout SECONDS."
        ids = (f"Its id: {holder['id']}",) if holder is not None else ()
        return LockedError(headline, said, *ids, advice)

    def _holder(self) -> dict[str, str] | None:
        """Who holds the lock, or held it when it died; None where it does not say."""
        try:
            holder = json.loads(disk.read_file(self.lock_info_path) or b"")
            return {name: str(holder[name]) for name in ("id", "user", "host", "pid", "since", "command")}
        except (ValueError, KeyError, TypeError, RecursionError, StateError):
            return None


class LocalJournal:
    """One run's entries, each on the disk before it counts; may be used by several threads."""

    def __init__(self, backend: LocalBackend, state: State, written: journal.Written | None) -> None:
        self._backend = backend
        self._state = state
        self._written = written
        self._file: journal.JournalFile | None = None
        self._one_at_a_time = threading.Lock()

    @property
    def state(self) -> State:
        """The state with everything appended so far."""
        return self._state

    def append(self, entry: Entry) -> None:
        """Write one entry down, then count it in; raises StateError if it could not be kept."""
        with self._one_at_a_time:
            after = advance(self._state, entry)
            if self._file is None:
                disk.make_folder(self._backend.path.parent)
                self._file = journal.JournalFile(self._backend.journal_path, self._state, self._written)
            self._file.append(entry)
            self._state = after

    def close(self) -> None:
        """Write the next version of the state and remove the journal; without any entry, write nothing.

        After a failed append, here or in the journal, nothing more is written: the next `read` finds all
        that was acknowledged.
        """
        with self._one_at_a_time:
            if self._file is None:
                return
            broken = self._file.broken
            self._file.close()
            if broken:
                return
            after = replace(self._state, serial=self._state.serial + 1)
            self._backend.write(after)
            self._state, self._written, self._file = after, None, None


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _put(path: Path, data: bytes) -> None:
    disk.move_file(disk.write_aside(path, data), path)


def _holder(command: str) -> dict[str, object]:
    user = user_name() or UNKNOWN_USER
    since = datetime.now(UTC).isoformat(timespec="seconds")
    where: dict[str, object] = {"user": user, "host": socket.gethostname(), "pid": os.getpid()}
    return {"id": str(uuid4()), **where, "since": since, "command": command}
