"""Renamed keys: what is recorded under the old address belongs to the new one. No remote change."""

from __future__ import annotations

from collections.abc import Iterable

from pingconf.model.errors import ConfigurationError, Fault
from pingconf.model.resource import Move
from pingconf.model.state import Moved, State, advance


def relocate(state: State, moves: Iterable[Move]) -> tuple[State, tuple[Moved, ...]]:
    """The state under its new addresses, and the moves it did not know yet.

    A move whose source is not in the state was made before, or never needed. Raises ConfigurationError where
    both of its addresses are.
    """
    made: list[Moved] = []
    faults: list[Fault] = []
    for move in moves:
        if move.source not in state.resources and move.source not in state.pending:
            continue
        if move.target in state.resources:
            faults.append(_occupied(move))
            continue
        made.append(Moved(move.source, move.target))
        state = advance(state, made[-1])
    if faults:
        raise ConfigurationError(faults)
    return state, tuple(made)


def _occupied(move: Move) -> Fault:
    return Fault(
        f"{move.source} cannot move to {move.target}: both are in the state",
        move.place,
        (f"Take one of them out: pingconf state rm {move.target}",),
    )
