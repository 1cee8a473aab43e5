"""The state as a document on an HTTP server, by the protocol of Terraform's backend of this name.

GET, POST and DELETE at the address; a lock by LOCK and UNLOCK with the holder as JSON; what is written while
it is held bears its `?ID=` (Terraform's internal/backend/remote-state/http/client.go). GitLab's managed
state speaks it, and wants a top-level `serial` that no version before had (lib/api/terraform/state.rb). So
every write is the whole state under the next serial: no journal lies beside it, and what is there is whole
at any time.

The protocol knows no compare-and-swap. It is the server that refuses a write whose lock is gone; pingconf
looks before each write too, which narrows the gap where a server does not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from pingconf.backends import Run
from pingconf.backends.codec import decode, encode, is_same
from pingconf.backends.holder import Holder, new_holder, other_id
from pingconf.backends.shape import as_fields, as_typed, parse_json
from pingconf.backends.shared_writes import SharedWrites
from pingconf.backends.state_server import Server
from pingconf.backends.waiting import holding
from pingconf.model.errors import StateError
from pingconf.model.state import Entry, State, new_state

RUNS: Final = "-runs"
"""What is added to the last part of the path for the run log: on GitLab that is another state of the
project."""
_VERSION: Final = 4
"""The version that Terraform's states bear, for servers that look; no decision reads it."""


class HttpBackend:
    """Keeps one state at an address, and its run log at the same with `-runs` behind it."""

    def __init__(self, server: Server, run_url: str = "") -> None:
        self._server = server
        self._run_url = run_url
        self._held: Holder | None = None
        self._path = server.ways.path
        self._runs_path = f"{server.ways.path}{RUNS}"

    @property
    def where(self) -> str:
        """The address."""
        return self._server.where

    def read(self) -> State | None:
        """The state, or None where there is none. Writes nothing."""
        return self._load()[0]

    @contextmanager
    def lock(self, command: str, timeout: float = 0) -> Iterator[None]:
        """Keep all other runs out while the block lasts; a run that dies leaves the lock where it is."""
        holder, server = new_holder(command, self._run_url), self._server
        with holding(holder.id, lambda: server.take(holder), lambda: server.give_back(holder), timeout):
            self._held = holder
            try:
                yield
            finally:
                self._held = None

    def unlock(self, id: str) -> bool:
        """Take away the lock of this id; whether there was one. Nobody can tell whether its run lives.

        Raises LockedError where the id is another's. To see whose it is, the lock is asked for.
        """
        probe = new_holder(f"pingconf unlock {id}", self._run_url)
        held = self._server.take(probe)
        if held is None:
            self._server.give_back(probe)
            return False
        if held.holder is not None and held.holder.id != id:
            raise other_id(self.where, held.holder, id)
        self._server.give_back(replace(probe, id=id))
        return True

    def session(self, state: State) -> HttpJournal:
        """A journal that goes on from `state`; raises StateError if another run has written meanwhile."""
        found, data = self._load()
        if not is_same(found, state):
            raise StateError(f"State {self.where} changed since it was read", "Run the command again.")
        return HttpJournal(self, state, data)

    def write(self, state: State) -> None:
        """Make `state` the version that is kept, in place of what is there now."""
        self.put(state, self._server.get(self._path))

    def put(self, state: State, before: bytes | None) -> bytes:
        """Let a version follow the one whose bytes are known; raises StateError, and overwrites nothing,
        where another stands there."""
        data = encode(state)
        self._server.put(self._path, data, before, self._held.id if self._held else "")
        return data

    def log(self, run: Run) -> None:
        """Add one run to the document of the runs."""
        data = self._server.get(self._runs_path)
        serial, runs = self._parse_runs(data)
        self._put_runs(serial + 1, [*runs, dict(run)], data)

    def runs(self) -> tuple[Run, ...]:
        """Every logged run, the oldest first. Writes nothing."""
        return tuple(self._parse_runs(self._server.get(self._runs_path))[1])

    def forget(self) -> None:
        """Leave an empty state and an empty log: servers may refuse to delete what is locked."""
        found, data = self._load()
        if found is not None:
            self.put(replace(new_state(), serial=found.serial + 1), data)
        data = self._server.get(self._runs_path)
        serial, runs = self._parse_runs(data)
        if runs:
            self._put_runs(serial + 1, [], data)

    def _load(self) -> tuple[State | None, bytes | None]:
        data = self._server.get(self._path)
        return None if data is None else decode(data, self.where), data

    def _put_runs(self, serial: int, runs: list[dict[str, Any]], before: bytes | None) -> None:
        document = {"version": _VERSION, "serial": serial, "runs": runs}
        data = json.dumps(document, sort_keys=True, allow_nan=False).encode("ascii")
        self._server.put(self._runs_path, data, before)

    def _parse_runs(self, data: bytes | None) -> tuple[int, list[dict[str, Any]]]:
        if data is None:
            return 0, []
        try:
            found: Mapping[str, Any] = as_fields(parse_json(data), "the log", "version serial runs")
            runs = [as_typed(one, dict, "a run") for one in as_typed(found["runs"], list, "runs")]
            return as_typed(found["serial"], int, "serial"), runs
        except ValueError as error:
            advice = "No decision reads it. Delete it there to begin another one."
            raise StateError(f"The run log {self.where}{RUNS} is damaged: {error}", advice) from None


class HttpJournal:
    """One run's entries, each part of the state on the server before it counts; for several threads."""

    def __init__(self, backend: HttpBackend, state: State, data: bytes | None) -> None:
        self._backend = backend
        self._data = data
        self._shared = SharedWrites(backend.where, state, self._write)

    @property
    def state(self) -> State:
        """The state with everything appended so far."""
        return self._shared.state

    def append(self, entry: Entry) -> None:
        """Write one entry down, then count it in; raises StateError if it could not be kept."""
        self._shared.append(entry)

    def close(self) -> None:
        """Nothing is left to do: what was appended is a version of the state already."""

    def _write(self, entries: tuple[Entry, ...], after: State) -> State:
        version = replace(after, serial=self._shared.state.serial + 1)
        self._data = self._backend.put(version, self._data)
        return version
