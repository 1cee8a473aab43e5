"""Plan, ask, act: the story of `apply`, `destroy` and `rotate`, and of a saved plan."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from pingconf.clients.infisical_errors import LOGIN_HELP
from pingconf.engine.applier import Applier
from pingconf.engine.foreign import refuse_foreign
from pingconf.engine.guards import refuse_removals
from pingconf.engine.ports import Ports
from pingconf.kinds import KINDS
from pingconf.model.address import Address
from pingconf.model.errors import CredentialError, Interrupted, PartialApplyError, PingconfError
from pingconf.model.event import Done, Event, Failed, Summary
from pingconf.model.plan import Action, Plan, Verb
from pingconf.model.state import Aimed, Entry, State
from pingconf.operations.interruption import Interruption
from pingconf.operations.session import Session, make_plan, read_state
from pingconf.operations.wish import Wish

HARMLESS = frozenset({Verb.TEST, Verb.RECORD, Verb.ADOPT, Verb.FORGET, Verb.AWAIT, Verb.VERIFY})
"""Verbs that change nothing at a service."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """How an apply talks to whoever started it.

    `heeding` lasts while it acts: a signal then asks for its end, instead of ending it.
    """

    show: Callable[[Plan], None]
    approve: Callable[[Plan], bool]
    report: Callable[[Event], None]
    heeding: Callable[[Interruption], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an apply; no summary where it was not approved."""

    plan: Plan
    summary: Summary | None
    error: PingconfError | None = None


def apply(
    session: Session,
    talk: Conversation,
    wish: Callable[[State], Wish],
    *,
    command: str,
    lock_timeout: float = 0,
    allow_removals: int | None = None,
) -> Outcome:
    """Make what the file says, as far as is wished for in view of the state. Raises before the first write;
    what fails later is in the outcome."""
    with session.backend.lock(command, lock_timeout):
        state = read_state(session)
        plan = make_plan(session, state, wish(state))
        talk.show(plan)
        if plan.idle and not state.pending:
            return Outcome(plan, Summary())
        refuse(session, plan, allow_removals)
        if not plan.idle and not talk.approve(plan):
            return Outcome(plan, None)
        return act(session, state, plan, talk)


def act(
    session: Session, state: State, plan: Plan, talk: Conversation, first: tuple[Entry, ...] = ()
) -> Outcome:
    """Do the steps of a plan; `first` is written down before all. Needs the lock."""
    journal = session.backend.session(state)
    run = _Run(plan)
    ports = Ports(
        session.services,
        journal,
        nonce=lambda: secrets.token_hex(4),
        sleep=session.patience.sleep,
        stopped=lambda: session.interruption.asked,
        workers=session.workers,
        glancing=session.services.pingone.glancing,
    )
    applier = Applier(plan, KINDS, ports)
    with talk.heeding(session.interruption):
        try:
            for entry in (*first, *(() if state.target else (Aimed(session.target),))):
                journal.append(entry)
            for event in applier.run():
                run.events.append(event)
                talk.report(event)
        except PingconfError as failure:
            run.error = failure
        except KeyboardInterrupt:
            run.error = Interrupted("Interrupted")
        finally:
            journal.close()
    if session.interruption.asked and run.error is None:
        run.error = Interrupted("Interrupted, but everything was done")
    return run.outcome(journal.state, applier.undone)


@dataclass(slots=True)
class _Run:
    """What was told of one apply."""

    plan: Plan
    events: list[Event] = field(default_factory=list)
    error: PingconfError | None = None

    def outcome(self, state: State, undone: Set[Address]) -> Outcome:
        summary = summarise(self.plan, self.events, undone)
        if isinstance(self.error, Interrupted):
            for detail in _pending(self.plan, self.events, state):
                self.error.add(detail)
        elif self.error and (state.pending or any(_left_something(one, undone) for one in self.events)):
            return Outcome(self.plan, summary, _partial(self.error))
        return Outcome(self.plan, summary, self.error)


def _left_something(event: Event, undone: Set[Address]) -> bool:
    """Whether a step changed something at a service that is still so."""
    return isinstance(event, Done) and event.verb not in HARMLESS and event.address not in undone


def _partial(failure: PingconfError) -> PartialApplyError:
    return PartialApplyError(failure.headline, *failure.details)


def _pending(plan: Plan, events: list[Event], state: State) -> list[str]:
    """What an interrupted apply leaves to the next one."""
    done = {(event.address, event.verb) for event in events if isinstance(event, Done)}
    left = [f"{step.verb} {step.address}" for step in plan.steps if (step.address, step.verb) not in done]
    if not left:
        return []
    number = len(plan.steps)
    said = [f"Done: {number - len(left)} of {number} steps. Still to do: {', '.join(left)}."]
    if state.pending:
        names = ", ".join(sorted(map(str, state.pending)))
        said.append(f"Nobody knows whether {names} was made; the next run looks before it acts.")
    if state.uncommitted:
        said.append("What was changed in PingOne is not published yet.")
    return [*said, "What was done is recorded; the next apply goes on from there."]


def refuse(session: Session, plan: Plan, allow_removals: int | None) -> None:
    """Raise, before the first write, what stands against doing what a plan says."""
    refuse_removals(plan.people, session.configuration.guardrails, allow_removals)
    if not session.configuration.guardrails.publish_foreign_changes:
        refuse_foreign(plan)
    _refuse_without_user(plan)


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
            LOGIN_HELP,
        )


def summarise(plan: Plan, events: list[Event], undone: Set[Address]) -> Summary:
    """What was done, by resource: one counts when all its steps are done, and not taken back."""
    addresses = {one.address for one in plan.steps} - undone
    complete = {one for one in addresses if _all_done(one, plan, events)}
    done = [change.action for change in plan.changes if change.address in complete]
    failed = sum(isinstance(event, Failed) for event in events)
    return Summary(
        added=sum(action in (Action.CREATE, Action.REPLACE) for action in done),
        changed=sum(action is Action.UPDATE for action in done),
        destroyed=sum(action in (Action.DELETE, Action.REPLACE) for action in done),
        failed=failed,
        skipped=len(plan.steps) - failed - sum(isinstance(event, Done) for event in events),
    )


def _all_done(address: Address, plan: Plan, events: list[Event]) -> bool:
    planned = sum(step.address == address for step in plan.steps)
    return planned == sum(isinstance(event, Done) and event.address == address for event in events)
