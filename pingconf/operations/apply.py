"""Plan, ask, act: the story of `apply` and `destroy`."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Set
from dataclasses import dataclass

from pingconf.clients.infisical import USER_TOKEN_HELP
from pingconf.engine.applier import Applier
from pingconf.kinds import KINDS
from pingconf.model.address import Address
from pingconf.model.errors import CredentialError, PartialApplyError, PingconfError
from pingconf.model.event import Done, Event, Failed, Skipped, Summary
from pingconf.model.plan import Action, Plan, Verb
from pingconf.model.state import Aimed, State
from pingconf.operations.session import Session, make_plan, read_state


@dataclass(frozen=True, slots=True)
class Conversation:
    """How an apply talks to whoever started it."""

    show: Callable[[Plan], None]
    approve: Callable[[Plan], bool]
    report: Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an apply; no summary where it was not approved."""

    plan: Plan
    summary: Summary | None
    error: PingconfError | None = None


def apply(
    session: Session, talk: Conversation, *, command: str, destroy: bool = False, lock_timeout: float = 0
) -> Outcome:
    """Make what the file says. Raises before the first write; what fails later is in the outcome."""
    with session.backend.lock(command, lock_timeout):
        state = read_state(session)
        plan = make_plan(session, state, destroy=destroy)
        talk.show(plan)
        if not plan.steps and not state.pending:
            return Outcome(plan, Summary())
        _refuse_without_user(plan)
        if plan.steps and not talk.approve(plan):
            return Outcome(plan, None)
        return _act(session, state, plan, talk)


def _act(session: Session, state: State, plan: Plan, talk: Conversation) -> Outcome:
    journal = session.backend.session(state)
    if not state.target:
        journal.append(Aimed(session.target))
    events: list[Event] = []
    error: PingconfError | None = None
    applier = Applier(plan, KINDS, session.services, journal, lambda: secrets.token_hex(4))
    try:
        for event in applier.run():
            events.append(event)
            talk.report(event)
    except PingconfError as failure:
        kept = any(_left_something(event, applier.undone) for event in events)
        error = _partial(failure) if kept or journal.state.pending else failure
    finally:
        journal.close()
    return Outcome(plan, summarise(plan, events, applier.undone), error)


def _left_something(event: Event, undone: Set[Address]) -> bool:
    """Whether a step changed something at a service that is still so."""
    harmless = (Verb.TEST, Verb.ADOPT, Verb.FORGET)
    return isinstance(event, Done) and event.verb not in harmless and event.address not in undone


def _partial(failure: PingconfError) -> PartialApplyError:
    return PartialApplyError(failure.headline, *failure.details)


def _refuse_without_user(plan: Plan) -> None:
    """Infisical's half needs a person; say so before the first write, not in the middle."""
    blocked = sorted(
        {
            str(step.address)
            for step in plan.steps
            if KINDS[step.address.section].user_only and step.address in plan.unverified
        }
    )
    if blocked:
        raise CredentialError(
            f"This apply must change {blocked[0]}, and Infisical lets only a person do that",
            "Nothing was changed. The credential given is a machine identity's.",
            USER_TOKEN_HELP[-1],
        )


def summarise(plan: Plan, events: list[Event], undone: Set[Address]) -> Summary:
    """What was done, by resource: one counts when all its steps are done, and not taken back."""
    addresses = {one.address for one in plan.steps} - undone
    complete = {one for one in addresses if _all_done(one, plan, events)}
    done = [change.action for change in plan.changes if change.address in complete]
    return Summary(
        added=sum(action in (Action.CREATE, Action.REPLACE) for action in done),
        changed=sum(action is Action.UPDATE for action in done),
        destroyed=sum(action in (Action.DELETE, Action.REPLACE) for action in done),
        failed=sum(isinstance(event, Failed) for event in events),
        skipped=sum(isinstance(event, Skipped) for event in events),
    )


def _all_done(address: Address, plan: Plan, events: list[Event]) -> bool:
    planned = sum(step.address == address for step in plan.steps)
    return planned == sum(isinstance(event, Done) and event.address == address for event in events)
