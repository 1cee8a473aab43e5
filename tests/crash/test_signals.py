"""A signal at any moment of an apply: the run ends with 130, unlocked, and the next one goes on."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from threading import Event

import pytest

from pingconf.sandbox import Request, Response
from tests.crash.served import Answer, Served, ended, is_write

SAMPLED = (1, 2, 4, 9, 14)
"""The switch, the token, the connection, a mapping, the revision; all the others are for soak."""
LAST = 14
AT_WRITES = [pytest.param(at, marks=[pytest.mark.soak] * (at not in SAMPLED)) for at in range(1, LAST + 1)]
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FIRST_WORDS = "Interrupted: what is in flight is finished and written down. Again to end at once.\n"
QUESTION = 'Do you want to apply this? Only "yes" will be accepted: '

any_signal = pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)


@dataclass
class Hold:
    """The services take one request, and do nothing about it before they are let."""

    chosen: Callable[[Request], bool]
    reached: Event = field(default_factory=Event)
    may_go_on: Event = field(default_factory=Event)
    answered: Event = field(default_factory=Event)

    def __call__(self, request: Request, answer: Answer) -> Response:
        if self.reached.is_set() or not self.chosen(request):
            return answer()
        self.reached.set()
        assert self.may_go_on.wait(60)
        try:
            return answer()
        finally:
            self.answered.set()


def nth_write(number: int) -> Callable[[Request], bool]:
    """Whether a request is the write of this number, from 1."""
    left = [number]

    def chosen(request: Request) -> bool:
        left[0] -= is_write(request)
        return left[0] == 0

    return chosen


def signalled_at_write(
    served: Served, at: int, number: signal.Signals, before: tuple[str, ...] = ()
) -> tuple[int, str]:
    """An apply that gets a signal while the service works on a write; its exit code and what it told."""
    served.on_request = hold = Hold(nth_write(at))
    process = served.start("apply", "--auto-approve", "-q", before=before)
    assert hold.reached.wait(60)
    process.send_signal(number)
    hold.may_go_on.set()
    code, _, told = ended(process)
    return code, told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize("at", AT_WRITES)
def test_an_interrupted_apply_goes_on(at: int, number: signal.Signals, served: Served) -> None:
    code, told = signalled_at_write(served, at, number)
    assert len(served.writes) >= at
    assert code == 130, told
    assert told.startswith(FIRST_WORDS), told
    if at < LAST:
        assert "\nError: Interrupted\n" in told, told
        assert " of 11 steps. Still to do: " in told, told
        assert told.endswith("What was done is recorded; the next apply goes on from there.\n"), told
    else:
        assert told.endswith("\nError: Interrupted, but everything was done\n"), told
    served.assert_unlocked()
    served.assert_goes_on()


def test_a_terminal_that_is_closed_ends_it_likewise(served: Served) -> None:
    code, told = signalled_at_write(served, 4, signal.SIGHUP)
    assert (code, told[: len(FIRST_WORDS)]) == (130, FIRST_WORDS)
    served.assert_goes_on()


def test_under_nohup_it_outlives_the_terminal(served: Served) -> None:
    code, told = signalled_at_write(served, 4, signal.SIGHUP, before=("nohup",))
    assert code == 0, told
    assert "Interrupted" not in told
    served.assert_settled()


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """What a process tells, up to these words."""
    assert process.stderr
    told = ""
    while not told.endswith(words):
        one = process.stderr.read(1)
        assert one, told
        told += one
    return told


@any_signal
def test_a_signal_while_it_asks(number: signal.Signals, served: Served) -> None:
    process = served.start("apply", stdin=subprocess.PIPE)
    read_until(process, QUESTION)
    process.send_signal(number)
    code, _, told = ended(process)
    assert code == 130, told
    assert told.lstrip().startswith("Error: Interrupted\n"), told
    assert_nothing_was_done(served)


@any_signal
def test_a_signal_while_it_plans(number: signal.Signals, served: Served) -> None:
    """Nothing is in flight that must end well, so it does not wait for the answer."""
    served.on_request = hold = Hold(lambda request: request.path.endswith("/propagation/stores"))
    process = served.start("apply", "--auto-approve")
    assert hold.reached.wait(60)
    process.send_signal(number)
    code, out, told = ended(process)
    hold.may_go_on.set()
    assert (code, out) == (130, ""), told
    assert told.lstrip().startswith("Error: Interrupted\n"), told
    assert_nothing_was_done(served)


def assert_nothing_was_done(served: Served) -> None:
    """No write was sent, there is no state, and the next run can begin."""
    assert served.writes == []
    assert served.backend.read() is None
    served.assert_unlocked()
    served.assert_goes_on()


@pytest.mark.parametrize(
    ("at", "pair"),
    [
        pytest.param(at, pair, marks=[pytest.mark.soak] * (at not in SAMPLED or pair != (first, first)))
        for at, first in zip(range(1, LAST + 1), ENDING * LAST, strict=False)
        for pair in product(ENDING, ENDING)
    ],
    ids=lambda value: "-".join(one.name for one in value) if isinstance(value, tuple) else str(value),
)
def test_a_second_signal_ends_it_at_once(
    at: int, pair: tuple[signal.Signals, signal.Signals], served: Served
) -> None:
    """The service hangs in a write, which it carries out only when the run is long dead."""
    served.on_request = hold = Hold(nth_write(at))
    process = served.start("apply", "--auto-approve", "-q")
    assert hold.reached.wait(60)
    process.send_signal(pair[0])
    read_until(process, FIRST_WORDS)
    assert process.poll() is None
    process.send_signal(pair[1])
    code, _, told = ended(process)
    assert not hold.answered.is_set()
    hold.may_go_on.set()
    assert hold.answered.wait(60)
    assert code == 130, told
    assert "Error: Interrupted\n" in told, told
    served.assert_unlocked()
    served.assert_goes_on(told)


def test_a_signal_that_was_ignored_stays_so(served: Served) -> None:
    """Started in the background by a shell without job control, a run has nothing to do with Ctrl-C."""
    before = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")
    code, told = signalled_at_write(served, 2, signal.SIGINT, before)
    assert code == 0, told
    served.assert_settled()
