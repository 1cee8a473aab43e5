"""Entries of one run on their way to a remote state: those that come while a write is under way share the
next.

So steps that run in parallel wait for two writes at most, however slow the way is. `append` returns only when
the entry is kept; the steps of a run whose machine goes away next are all there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from pingconf.backends.entries import entry_to_json
from pingconf.model.errors import StateError
from pingconf.model.state import Entry, State, advance


@dataclass(slots=True)
class _Ticket:
    """One entry that waits; it is done when it is kept or will never be."""

    entry: Entry
    done: bool = False
    kept: bool = False


Write: TypeAlias = Callable[[tuple[Entry, ...], State], State]
"""Keeps entries, given the state that they lead to; answers with the state as it is kept, or raises
StateError."""


@dataclass(slots=True)
class SharedWrites:
    """Brings entries to where they are kept, one write at a time. After one failure it takes nothing more:
    nobody knows then what was kept."""

    where: str
    state: State
    write: Write
    broken: bool = False
    _waiting: list[_Ticket] = field(default_factory=list)
    _busy: bool = False
    _turn: threading.Condition = field(default_factory=threading.Condition)

    def append(self, entry: Entry) -> None:
        """Keep one entry; raises StateError if it could not be kept."""
        entry_to_json(entry)  # what no state may hold is this caller's fault alone
        ticket = _Ticket(entry)
        with self._turn:
            self._waiting.append(ticket)
            while self._busy and not ticket.done:
                self._turn.wait()
            if ticket.done:
                return self._look(ticket)
            self._busy = True
            batch, self._waiting = self._waiting, []
        try:
            self._keep(batch)
        finally:
            self._end(batch)
        return self._look(ticket)

    def _keep(self, batch: list[_Ticket]) -> None:
        if self.broken:
            raise StateError(f"State {self.where} takes no more entries after its first failure")
        after = self.state
        for one in batch:
            after = advance(after, one.entry)
        self.broken = True
        self.state = self.write(tuple(one.entry for one in batch), after)
        self.broken = False
        for one in batch:
            one.kept = True

    def _end(self, batch: list[_Ticket]) -> None:
        with self._turn:
            self._busy = False
            for one in batch:
                one.done = True
            self._turn.notify_all()

    def _look(self, ticket: _Ticket) -> None:
        if not ticket.kept:
            raise StateError(f"An entry could not be kept at {self.where}: the write that it shared failed")
