"""Plan, ask, act: the story of `apply`, `destroy` and `rotate`, and of a saved plan."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from pingconf.backends import Journal
from pingconf.clients import Services
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
from pingconf.operations.planning import make_plan
from pingconf.operations.run_log import Account, Occasion, line_of, made_by
from pingconf.operations.session import Session, read_state
from pingconf.operations.wish import Wish

HARMLESS: Final = frozenset({Verb.TEST, Verb.RECORD, Verb.ADOPT, Verb.FORGET, Verb.AWAIT, Verb.VERIFY})
"""Verbs that change nothing at a service."""
MOST_NAMED: Final = 12
"""Steps that a message names."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """How an apply talks to whoever started it.

    `heeding` lasts while it acts: a signal then asks for its end, instead of ending it. `warn` is told what
    went wrong beside the apply.
    """

    show: Callable[[Plan], None]
    approve: Callable[[Plan], bool]
    report: Callable[[Event], None]
    warn: Callable[[str], None]
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
    occasion = Occasion(command, datetime.now(UTC), session.origin)
    with session.backend.lock(command, lock_timeout):
        state = read_state(session)
        plan = make_plan(session, state, wish(state))
        talk.show(plan)
        if plan.idle and not state.pending:
            return Outcome(plan, Summary())
        refuse(session, plan, allow_removals)
        if not plan.idle and not talk.approve(plan):
            return Outcome(plan, None)
        return act(session, state, plan, talk, occasion)


def act(
    session: Session,
    state: State,
    plan: Plan,
    talk: Conversation,
    occasion: Occasion,
    first: tuple[Entry, ...] = (),
) -> Outcome:
    """Do the steps of a plan; `first` is written down before all. However it ends, it leaves a line in the
    run log. Needs the lock."""
    journal = session.backend.session(state)
    run = _Run(plan, state, journal)
    applier = Applier(plan, KINDS, _ports(session, journal))
    with talk.heeding(session.interruption):
        try:
            run.carry_out(applier, (*first, *(() if state.target else (Aimed(session.target),))), talk.report)
            run.heed(session.interruption)
        except BaseException as fault:
            run.blame(fault)
            run.escaped = True
            raise
        finally:
            _log(session, occasion, run.account(applier.undone), talk.warn)
    run.heed(session.interruption)
    return run.outcome(journal.state, applier.undone)


def _ports(session: Session, journal: Journal) -> Ports[Services]:
    return Ports(
        session.services,
        journal,
        nonce=lambda: secrets.token_hex(4),
        sleep=session.patience.sleep,
        stopped=lambda: session.interruption.asked,
        workers=session.workers,
        glancing=session.services.pingone.glancing,
    )


def _log(session: Session, occasion: Occasion, account: Account, warn: Callable[[str], None]) -> None:
    """What was done stays done, also where that cannot be told in the log."""
    if account.plan.idle:
        return
    try:
        session.backend.log(line_of(occasion, account, datetime.now(UTC)))
    except PingconfError as failure:
        warn(f"This run is missing in the run log, see pingconf history: {failure.headline}")


@dataclass(slots=True)
class _Run:
    """What was told of one apply."""

    plan: Plan
    before: State
    journal: Journal
    events: list[Event] = field(default_factory=list)
    made: dict[Address, str] = field(default_factory=dict)
    error: PingconfError | None = None
    fault: str = ""
    escaped: bool = False
    """Whether that ends the command as it is: then no outcome is told."""

    def carry_out(
        self, applier: Applier[Services], first: tuple[Entry, ...], report: Callable[[Event], None]
    ) -> None:
        """Every step, until one fails or somebody wants the end."""
        try:
            for entry in first:
                self.journal.append(entry)
            for event in applier.run():
                self.events.append(event)
                self.made |= made_by(event, self.journal.state)
                report(event)
        except (PingconfError, KeyboardInterrupt) as ended:
            self.blame(ended)
        finally:
            self.journal.close()

    def blame(self, fault: BaseException) -> None:
        """Why it ended before its time."""
        if isinstance(fault, PingconfError):
            self.error = fault
        elif isinstance(fault, KeyboardInterrupt):
            self.error = Interrupted("Interrupted")
        else:
            self.fault = type(fault).__name__

    def heed(self, interruption: Interruption) -> None:
        """Somebody wanted its end, and it had come to it already."""
        if interruption.asked and self.error is None:
            self.error = Interrupted("Interrupted, but everything was done")

    def account(self, undone: Set[Address]) -> Account:
        """All that the run log needs of it."""
        done, states = summarise(self.plan, self.events, undone), (self.before, self.journal.state)
        error = self.error if self.escaped else self.outcome(self.journal.state, undone).error
        return Account(self.plan, self.events, done, *states, self.made, frozenset(undone), error, self.fault)

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
    more = f" and {len(left) - MOST_NAMED} more" if len(left) > MOST_NAMED else ""
    said = [
        f"Done: {number - len(left)} of {number} steps. Still to do: {', '.join(left[:MOST_NAMED])}{more}."
    ]
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
    planned = Counter(one.address for one in plan.steps)
    ended = Counter(event.address for event in events if isinstance(event, Done))
    complete = {one for one, number in planned.items() if ended[one] == number and one not in undone}
    done = [change.action for change in plan.changes if change.address in complete]
    failed = sum(isinstance(event, Failed) for event in events)
    return Summary(
        added=sum(action in (Action.CREATE, Action.REPLACE) for action in done),
        changed=sum(action is Action.UPDATE for action in done),
        destroyed=sum(action in (Action.DELETE, Action.REPLACE) for action in done),
        failed=failed,
        skipped=len(plan.steps) - failed - sum(isinstance(event, Done) for event in events),
    )
