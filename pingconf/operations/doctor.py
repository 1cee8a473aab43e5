"""`doctor` and `validate --online`: what is missing or wrong, each with its mend; sends GETs only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pingconf.engine.moves import relocate
from pingconf.model.check import Check, Finding, Status, doubtful, unseen, well, wrong
from pingconf.model.errors import ConfigurationError, CredentialError, PingconfError, StateError
from pingconf.model.state import State
from pingconf.operations.doctor_evidence import Evidence, attempt, gather
from pingconf.operations.doctor_infisical import infisical_questions
from pingconf.operations.doctor_pingone import pingone_questions
from pingconf.operations.doctor_question import Question, advice, answer, because, named, said
from pingconf.operations.session import Invocation, Session, open_session, read_state

FILE = "file"


def examine(invocation: Invocation) -> tuple[Check, ...]:
    """Everything that can be looked at, in the order in which it is set up; changes nothing anywhere."""
    try:
        session = open_session(invocation)
    except ConfigurationError as error:
        skipped = [named(service, unseen(because(FILE))) for service in ("pingone", "infisical")]
        return (named(FILE, _faulty(error)), *skipped)
    evidence = _evidence(session)
    return answer(_questions(evidence), evidence)


def examine_file(invocation: Invocation) -> tuple[Check, ...]:
    """What the file needs of the services: credentials, roles, names, licence, filters.

    Raises ConfigurationError with every fault of the file itself.
    """
    evidence = _evidence(open_session(invocation))
    return answer((one for one in _questions(evidence) if one.about_file), evidence)


def exit_code(checks: Sequence[Check]) -> int:
    """3 where a credential is at fault, as nothing goes without it; 1 where anything else is; else 0."""
    failed = [one for one in checks if one.status is Status.FAILED]
    if any(one.credential for one in failed):
        return CredentialError.exit_code
    return PingconfError.exit_code if failed else 0


def _evidence(session: Session) -> Evidence:
    def read() -> State:
        return relocate(read_state(session), session.configuration.moves)[0]

    return gather(session, attempt(read))


def _questions(evidence: Evidence) -> Iterator[Question]:
    yield Question(FILE, lambda _: _file(evidence))
    yield Question("state", lambda _: _state(evidence))
    yield from pingone_questions(evidence)
    yield from infisical_questions(evidence)


def _faulty(error: ConfigurationError) -> Finding:
    first = error.faults[0]
    more = f" (and {len(error.faults) - 1} more)" if len(error.faults) > 1 else ""
    place = f"{first.place}: " if first.place else ""
    return wrong(f"{place}{first.headline}{more}", " ".join([*first.details, "See all: pingconf validate"]))


def _file(evidence: Evidence) -> Finding:
    number = len(evidence.configuration.desired)
    seen = f"valid: {number} resource{'' if number == 1 else 's'}"
    if warnings := evidence.configuration.warnings:
        return doubtful(f"{seen}, with a warning: {warnings[0]}", "See all: pingconf validate")
    return well(seen)


def _state(evidence: Evidence) -> Finding:
    state, path = evidence.state, evidence.configuration.state
    if isinstance(state, StateError):
        return wrong(state.headline, advice(state))
    if isinstance(state, PingconfError):
        return wrong(said(state), "See: pingconf plan")
    if not state.serial and not state.resources:
        return well(f"none yet at {path}; the first apply makes it")
    if state.pending or state.uncommitted:
        begun = ", ".join(map(str, state.pending))
        stopped = f"the last apply stopped {f'in the middle of {begun}' if begun else 'before its revision'}"
        mend = "Run pingconf apply: it looks at what was begun, and goes on from there."
        return doubtful(stopped + ("; not all is published" if state.uncommitted else ""), mend)
    return well(f"{len(state.resources)} resources, serial {state.serial}")
