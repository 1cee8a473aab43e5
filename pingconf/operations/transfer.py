"""A state taken as a whole: read out, put in place, carried from one place to another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from pingconf.backends import Backend
from pingconf.backends.codec import decode, encode, is_same
from pingconf.config.state_place import state_place, state_problem
from pingconf.model.errors import StateError, UsageError
from pingconf.model.state import State
from pingconf.operations.record import read_kept
from pingconf.operations.session import Invocation, read_configuration
from pingconf.operations.store import open_backend


@dataclass(frozen=True, slots=True)
class Carried:
    """What was carried to where: the state, and how many runs of the log."""

    state: State
    where: str
    runs: int


def pull_state(invocation: Invocation) -> str:
    """The state as its file has it; raises PingconfError where there is none yet."""
    return encode(read_kept(_configured(invocation))).decode("ascii")


def push_state(
    invocation: Invocation, data: bytes, name: str, *, force: bool = False, lock_timeout: float = 0
) -> Carried:
    """Make what `pull_state` gave, perhaps elsewhere, the state that is kept.

    Raises StateError for anything that is no state; and, unless forced, for one of another lineage or that
    is not newer. What is forced gets a serial above the one that is there, so that nobody takes it for an
    older one.
    """
    try:
        state = decode(data, name)
    except StateError as error:
        raise StateError(error.headline, "Nothing was pushed.") from None
    backend = _configured(invocation)
    with backend.lock("pingconf state push", lock_timeout):
        there = backend.read()
        if there is not None and is_same(there, state):
            return Carried(there, backend.where, 0)
        if there is not None and force:
            state = replace(state, serial=max(state.serial, there.serial + 1))
        elif there is not None:
            _refuse(state, there, backend.where, "To push it all the same: --force")
        backend.write(state)
    return Carried(state, backend.where, 0)


def migrate_state(invocation: Invocation, source: str, lock_timeout: float = 0) -> Carried:
    """Copy the state and the run log from where they were to where the file points now; they stay there too.

    Raises StateError where something is there already that is another's or newer.
    """
    backend, old = _configured(invocation), _named(source, invocation)
    if old.where == backend.where:
        raise UsageError(f"The file names {old.where} itself", "Write the new place into the file first.")
    read_kept(old)  # before the lock: it would make a folder where nothing is
    with (
        old.lock("pingconf state migrate", lock_timeout),
        backend.lock("pingconf state migrate", lock_timeout),
    ):
        state, there = read_kept(old), backend.read()
        if there is None or not is_same(there, state):
            if there is not None:
                _refuse(state, there, backend.where, "Nothing was copied.")
            backend.write(state)
        known = backend.runs()
        missing = [run for run in old.runs() if run not in known]
        for run in missing:
            backend.log(run)
    return Carried(state, backend.where, len(missing))


def _configured(invocation: Invocation) -> Backend:
    return open_backend(read_configuration(invocation).state, invocation.environ)


def _named(place: str, invocation: Invocation) -> Backend:
    """The backend of a place that was typed: a path from here, or an address."""
    if problem := state_problem(place):
        raise UsageError(*problem)
    return open_backend(state_place(place, Path()), invocation.environ)


def _refuse(state: State, there: State, where: str, advice: str) -> None:
    """Raise StateError for a state that must not take the place of the one that is there."""
    if state.lineage != there.lineage:
        said = f"Its lineage is {there.lineage}, that of the new one {state.lineage}."
        raise StateError(f"Another state is kept at {where}", said, advice)
    if state.serial <= there.serial:
        said = f"Its serial is {there.serial}, that of the new one {state.serial}."
        raise StateError(f"The state that is kept at {where} is not older", said, advice)
