"""What a list does not show is believed to be gone only after a second look: lists may lag behind.

Without it a connection made a moment ago looks deleted and is made once more, and a token whose answer was
lost looks as if it had never been made and lives on (measured on a model: a third of all deaths did harm).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from pingconf.engine.interest import interest_in
from pingconf.engine.snapshot import Snapshot, read_section
from pingconf.model.kind import Kind, Kinds
from pingconf.model.resource import Desired, Observed
from pingconf.model.state import Intent, State

Api = TypeVar("Api")
WAITS: Final = (1.0, 3.0, 6.0)
"""Seconds before each further look at a list."""


def confirm_absences(
    snapshot: Snapshot,
    desired: Iterable[Desired],
    state: State,
    kinds: Kinds[Api],
    api: Api,
    pause: Callable[[float], None],
) -> Snapshot:
    """The same, with whatever the first lists did not show yet. Costs nothing where nothing is missing."""
    wanted = tuple(desired)

    def confirmed(kind: Kind[Api], listed: tuple[Observed, ...]) -> tuple[Observed, ...]:
        missing = _missing(kind, listed, state)
        interest = interest_in(kind, wanted, state) if missing else None
        by_route = tuple(
            kind.deepen(api, one, interest.named(one))
            for id in missing
            if interest is not None and (one := _read(kind, api, id))
        )
        shown = (*listed, *by_route)
        waits = iter(WAITS)
        while _is_waited_for(kind, shown, state) and (wait := next(waits, None)) is not None:
            pause(wait)
            again = read_section(kind, wanted, state, api)
            shown = (*again, *(one for one in by_route if one.id not in {each.id for each in again}))
        return shown

    sections = snapshot.sections.items()
    shown = {name: listed if listed is None else confirmed(kinds[name], listed) for name, listed in sections}
    return replace(snapshot, sections=shown)


def _read(kind: Kind[Api], api: Api, id: str) -> Observed | None:
    return kind.read(api, id) if kind.has_route else None


def _missing(kind: Kind[Api], listed: Sequence[Observed], state: State) -> list[str]:
    """Ids of what is recorded and not listed."""
    seen = {one.id for one in listed}
    recorded = [one.id for address, one in state.resources.items() if address.section == kind.section]
    return [] if kind.commits else [id for id in recorded if id not in seen]


def _is_waited_for(kind: Kind[Api], shown: Sequence[Observed], state: State) -> bool:
    """Whether a list must still show something: what was begun, or what nothing but lists can show."""
    begun = [intent for address, intent in state.pending.items() if address.section == kind.section]
    if any(not any(_is_of(kind, intent, one) for one in shown) for intent in begun):
        return True
    recorded = {one.id: one.attributes for one in state.resources.values()}
    if any(kind.is_partial(recorded[one.id], one) for one in shown if one.id in recorded):
        return True
    return not kind.has_route and bool(_missing(kind, shown, state))


def _is_of(kind: Kind[Api], intent: Intent, observed: Observed) -> bool:
    """Whether this may be what was begun: it bears the mark, or the name, or there can be only one."""
    if kind.commits:
        return observed.id != intent.identity
    if observed.marker is not None:
        return observed.marker.nonce == intent.nonce
    return kind.recognises({kind.named_by: intent.identity}, observed)
