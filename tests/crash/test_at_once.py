"""Two runs start at the same moment on the same state: one works, the other says who does, and ends."""

from __future__ import annotations

import getpass
import json
import re
import select
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import IO

import pytest

from pingconf.backends.codec import decode
from pingconf.model.address import parse_address
from pingconf.model.errors import LockedError
from pingconf.model.state import State
from pingconf.sandbox import Request, Response
from tests import canary
from tests.crash.served import Answer, Served, is_write
from tests.e2e.makers import Ran
from tests.e2e.witness import doubles

ROOT = Path(__file__).parents[2]
ROUNDS = [60, pytest.param(200, marks=pytest.mark.soak)]
TOKEN = parse_address("infisical.scim_tokens.pingone")


@dataclass(frozen=True)
class Worker:
    """A process that runs the commands it is told."""

    name: str
    process: subprocess.Popen[str]

    @property
    def answers(self) -> IO[str]:
        assert self.process.stdout
        return self.process.stdout

    def tell(self, *words: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()

    def hear(self) -> Ran:
        """How the command ended."""
        ran = Ran(**json.loads(self.answers.readline()))
        canary.watch_output(ran.out + ran.err, f"output of {self.name}")
        return ran


@contextmanager
def working(name: str) -> Iterator[Worker]:
    command = [sys.executable, "-m", "tests.crash.worker", name]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as process:
        try:
            yield Worker(name, process)
        finally:
            process.kill()


@dataclass
class Watch:
    """Stands before the services, notes who writes, and holds up the first write until it may go on."""

    writers: list[str] = field(default_factory=list)
    may_go_on: Event = field(default_factory=Event)

    def __call__(self, request: Request, answer: Answer) -> Response:
        if is_write(request):
            self.writers.append(request.headers["user-agent"])
            if len(self.writers) == 1:
                assert self.may_go_on.wait(60)
        return answer()


def first_to_end(pair: list[Worker]) -> tuple[Worker, Worker]:
    """The one that has ended, and the other."""
    answers = [one.answers for one in pair]
    ended, _, _ = select.select(answers, [], [], 60)
    assert ended, "neither of two runs ended within a minute"
    first, other = pair if answers[0] in ended else pair[::-1]
    return first, other


def change(served: Served, number: int) -> str:
    """What this round does: the first makes everything, each tenth rotates, the others change the file."""
    served.write_file(filter=f'enabled eq true or title eq "Round {number}"')
    return "rotate" if number % 10 == 9 else "apply"


def play(served: Served, pair: list[Worker], number: int) -> None:
    """One round: both start, one works for certain when the other ends, then it may go on."""
    word = change(served, number)
    served.on_request = watch = Watch()
    before = served.backend.read() or State("")
    for worker in pair:
        worker.tell("-f", str(served.file), word, "--auto-approve")
    loser, winner = first_to_end(pair)
    refused = loser.hear()
    held = json.loads(served.backend.lock_info_path.read_bytes()) if refused.code == 6 else {}
    watch.may_go_on.set()
    worked = winner.hear()
    assert (refused.code, worked.code) == (LockedError.exit_code, 0), refused.said() + worked.said()
    assert f"Error: State {served.backend.path} is locked by another run\n" in refused.err
    who = f"{getpass.getuser()} on {socket.gethostname()}, process {winner.process.pid}"
    assert re.search(rf"\n  Held by {re.escape(who)}, since 20[-\dT:+]+: pingconf {word}\n", refused.err)
    assert f"\n  Its id: {held['id']}\n" in refused.err
    assert set(watch.writers) == {winner.name}
    assert_sound(served, before)


def assert_sound(served: Served, before: State) -> None:
    """The state went on by one version, and is whole, private and about what there is."""
    backend = served.backend
    state = decode(backend.path.read_bytes(), backend.path)
    assert state.serial == before.serial + 1
    assert before.lineage in ("", state.lineage)
    assert stat.S_IMODE(backend.path.stat().st_mode) == 0o600
    assert not backend.journal_path.exists()
    assert not backend.lock_info_path.exists()
    assert served.tokens() == [state.resources[TOKEN].id]
    assert doubles(served.world) == []
    assert served.world.published_on_revoked_token() == ()


@pytest.mark.parametrize("rounds", ROUNDS)
def test_of_two_runs_at_once_one_works(rounds: int, served: Served) -> None:
    with ExitStack() as stack:
        pair = [stack.enter_context(working(name)) for name in ("one", "other")]
        for number in range(rounds):
            play(served, pair if number % 2 else pair[::-1], number)
    sys.stdout.write(f"{rounds} of {rounds} rounds: one worked, the other ended with 6\n")
    served.assert_goes_on()


def test_of_two_that_wait_both_work(served: Served) -> None:
    """With --lock-timeout the second begins where the first has ended, and finds nothing to do."""
    with ExitStack() as stack:
        pair = [stack.enter_context(working(name)) for name in ("one", "other")]
        for worker in pair:
            worker.tell("-f", str(served.file), "apply", "--auto-approve", "--lock-timeout", "60")
        ran = [worker.hear() for worker in pair]
    assert [one.code for one in ran] == [0, 0]
    assert sum("No changes." in one.out for one in ran) == 1, [one.said() for one in ran]
    served.assert_settled()
