"""Whether a revision is due: written down before the first change that needs one, whichever step that is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pingconf.engine.ports import Journal
from pingconf.engine.vault import was_refused
from pingconf.model.errors import PingconfError
from pingconf.model.plan import Step, Verb
from pingconf.model.state import CommitDue


class Dues:
    """Counts the steps of this run that need a revision; several may be at it at once."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._owing: set[str] = set()
        self._begun_here = False

    @contextmanager
    def of(self, step: Step) -> Iterator[None]:
        """While a step is done that needs a revision, if it does.

        What a refused creation alone made due is not due any more.
        """
        if not step.published:
            yield
            return
        with self._lock:
            self._owing.add(step.key)
            if not self._journal.state.uncommitted:
                self._journal.append(CommitDue(True))
                self._begun_here = True
        try:
            yield
        except PingconfError as error:
            if was_refused(error) and step.verb is Verb.CREATE:
                self._forgive(step)
            raise

    def _forgive(self, step: Step) -> None:
        with self._lock:
            self._owing.discard(step.key)
            if self._begun_here and not self._owing:
                self._journal.append(CommitDue(False))
                self._begun_here = False

    def paid(self) -> None:
        """The revision was made."""
        with self._lock:
            self._journal.append(CommitDue(False))
            self._owing.clear()
            self._begun_here = False
