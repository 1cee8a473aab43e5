"""A plan that was saved: made once, looked at by whoever reviews it, and undertaken exactly as it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from pingconf.backends.codec import digest_of
from pingconf.backends.plan_file import ANEW, Bond, SavedPlan, load, save
from pingconf.engine.picture import what_moved_since
from pingconf.kinds import KINDS
from pingconf.model.errors import StalePlanError
from pingconf.model.event import Summary
from pingconf.model.plan import People, Plan
from pingconf.model.state import State, Undertaken
from pingconf.operations.apply import Conversation, Outcome, act, refuse
from pingconf.operations.planning import look, request
from pingconf.operations.run_log import Occasion
from pingconf.operations.scope import count_people
from pingconf.operations.session import Session, read_state
from pingconf.operations.wish import Wish


def save_plan(session: Session, state: State, plan: Plan, wish: Wish, path: Path) -> None:
    """Write a plan down, bound to all that it was made on."""
    save(plan, _bond(session, state), path, destroy=wish.destroy)


def apply_saved(
    session: Session,
    talk: Conversation,
    path: Path,
    *,
    command: str,
    lock_timeout: float = 0,
    allow_removals: int | None = None,
) -> Outcome:
    """Do exactly what a saved plan says. Raises StalePlanError, naming all that moved, before the first
    write; what moves later stops it in the middle."""
    saved = load(path)
    occasion = Occasion(command, datetime.now(UTC), session.origin, saved.id)
    with session.backend.lock(command, lock_timeout):
        state = read_state(session, lineage=saved.plan.lineage)
        _refuse(saved, [*_what_moved_here(saved, state, session)], path)
        asked = request(session.configuration, Wish(destroy=saved.destroy))
        snapshot = look(session, asked, state)
        _refuse(saved, [*what_moved_since(saved.plan, snapshot, KINDS)], path)
        talk.show(saved.plan)
        if saved.plan.idle:
            return Outcome(saved.plan, Summary())
        plan = replace(saved.plan, people=count_people(session.services, saved.plan))
        refuse(session, plan, allow_removals)
        _refuse(saved, [*_who_moved(saved.plan.people, plan.people)], path)
        return act(session, state, saved.plan, talk, occasion, first=(Undertaken(saved.id),))


def _who_moved(before: People, now: People) -> Iterator[str]:
    """The names are not saved with a plan, so people are counted once more."""
    if (before.removed, before.trouble) != (now.removed, now.trouble):
        yield f"The number of people it takes access from was {before.removed}, and is {now.removed} now."


def _bond(session: Session, state: State) -> Bond:
    return Bond(digest_of(state), session.configuration.digest, session.target)


def _what_moved_here(saved: SavedPlan, state: State, session: Session) -> Iterator[str]:
    """Everything on this side that is not as it was when the plan was made."""
    bond, now = saved.bond, _bond(session, state)
    if state.applied == saved.id:
        yield "It was applied already; a plan is good for one apply."
        return
    if bond.target != now.target:
        yield f"It is about {bond.target}, and this run is about {now.target}."
    if bond.configuration != now.configuration:
        yield "The configuration is not the one it was made from: a file or a variable was changed."
    if saved.plan.lineage != state.lineage:
        yield f"The state is another one: its lineage is {state.lineage}, not {saved.plan.lineage}."
    elif saved.plan.serial != state.serial:
        yield f"The state went on: its serial is {state.serial}, not {saved.plan.serial}."
    elif bond.state != now.state:
        yield "The state went on: another run has begun since, and did not end."


def _refuse(saved: SavedPlan, moved: list[str], path: Path) -> None:
    if moved:
        headline = f"The plan {path} cannot be applied any more"
        raise StalePlanError(headline, *moved, "Nothing was changed.", ANEW)
