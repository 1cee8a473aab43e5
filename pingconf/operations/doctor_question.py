"""The questions of `doctor`: small functions over frozen evidence, some of which need another's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from pingconf.model.check import Check, Finding, Status, unseen, wrong
from pingconf.model.errors import PingconfError
from pingconf.operations.doctor_evidence import Evidence

QUOTED: Final = ("It says", "It ended ", "It is for ")
"""How a detail begins that quotes a service."""
TRACED: Final = "Request: "
"""How a detail begins that helps to report a fault, and not to mend it."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to look at. It is skipped where one of its `needs` is not well, so that each fault is told
    once. `about_file` are those whose answer the file alone can be wrong about: `validate --online`."""

    name: str
    judge: Callable[[Evidence], Finding]
    needs: tuple[str, ...] = ()
    about_file: bool = False


def answer(questions: Iterable[Question], evidence: Evidence) -> tuple[Check, ...]:
    """Ask one after the other; a need that nobody asked about holds nobody up."""
    culprits: dict[str, str] = {}
    checks: list[Check] = []
    for question in questions:
        culprit = next((culprits[need] for need in question.needs if need in culprits), None)
        finding = unseen(because(culprit)) if culprit else question.judge(evidence)
        if culprit or finding.status is Status.FAILED:
            culprits[question.name] = culprit or question.name
        checks.append(named(question.name, finding))
    return tuple(checks)


def named(name: str, finding: Finding) -> Check:
    """A finding as a line of the checklist."""
    return Check(finding.status, finding.seen, finding.mend, finding.credential, name=name)


def because(culprit: str) -> str:
    """Why something was skipped."""
    return f"not looked at, as {culprit} failed"


def advice(error: PingconfError) -> str:
    """What an error says to do."""
    return " ".join(one for one in error.details if not one.startswith((*QUOTED, TRACED)))


def quoted(error: PingconfError) -> str:
    """An error in one line, with the words of the service where they are quoted."""
    return ". ".join([error.headline, *(one for one in error.details if one.startswith(QUOTED))])


def said(error: PingconfError) -> str:
    """An error in one line, with all that can be said about it."""
    return " ".join([error.headline, *(one for one in error.details if not one.startswith(TRACED))])


def troubled(error: PingconfError) -> Finding:
    """The service itself fails, or says what nobody expected: nothing here mends that."""
    return wrong(said(error), "Try again later; if it stays so, ask whoever runs the service.")


def some(names: Iterable[str], most: int = 5) -> str:
    """A few of many names, and how many more there are."""
    listed = list(names)
    more = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {more} more" if more > 0 else "")
