"""Whenever a run dies or the disk fails, all that was acknowledged is there, and a clean run goes on."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pingconf.backends import disk
from pingconf.backends.local import LocalBackend
from pingconf.model.address import Address
from pingconf.model.errors import StateError
from pingconf.model.resource import Recorded
from pingconf.model.state import Noted, State
from tests.backends import LINEAGE, Disk, entries, figure, kept

ROOT = Path(__file__).parents[2]


def story(backend: LocalBackend, acknowledged: list[int]) -> None:
    """Two sessions of three entries each; `acknowledged` is told the number of each entry that was kept."""
    for _ in range(2):
        state = backend.read() or State(LINEAGE)
        journal = backend.session(state)
        for _ in range(3):
            number = len(journal.state.resources)
            journal.append(Noted(Address("pingone.groups", f"g{number}"), Recorded(f"id-{number}", {})))
            acknowledged.append(number)
        journal.close()


def holds_a_prefix(backend: LocalBackend, acknowledged: int) -> None:
    """Everything acknowledged is there, and at most one entry more; and a clean run goes on from it."""
    state = backend.read() or State(LINEAGE)
    found = [address.key for address in state.resources]
    assert sorted(found) == [f"g{number}" for number in range(len(found))]
    assert acknowledged <= len(found) <= acknowledged + 1
    story(backend, [])
    after = kept(backend)
    assert len(after.resources) == len(found) + 6
    leftover = {file.name for file in backend.path.parent.iterdir()}
    assert leftover == {"state.json", "state.json.backup"}


def test_death_at_every_call_of_the_system_loses_nothing_acknowledged(tmp_path: Path) -> None:
    survived = 0
    for at in range(1, 1000):
        backend = LocalBackend(tmp_path / str(at) / "state.json")
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:  # the child: dies at call `at` without any clean-up
            pytest.MonkeyPatch().setattr(disk, "os", Disk(at, lambda name, args: os._exit(9)))
            told = Told(writing)
            story(backend, told)
            os._exit(0)
        os.close(writing)
        with open(reading, "rb") as pipe:
            acknowledged = len(pipe.read())
        if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0:
            break
        holds_a_prefix(backend, acknowledged)
        survived += 1
    figure(f"deaths survived: {survived} of {survived}")
    assert survived > 40


class Told(list[int]):
    """Tells the parent of each entry at once."""

    def __init__(self, pipe: int) -> None:
        super().__init__()
        self._pipe = pipe

    def append(self, number: int) -> None:
        os.write(self._pipe, b"x")


def _fail(code: int) -> Any:
    def fault(name: str, args: tuple[Any, ...]) -> None:
        if name == "close":
            return
        if name == "write":
            os.write(args[0], bytes(args[1])[: len(args[1]) // 2])
        raise OSError(code, os.strerror(code))

    return fault


@pytest.mark.parametrize(
    "code", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS], ids=errno.errorcode.get
)
def test_a_fault_at_every_call_of_the_system_is_a_clear_error(
    tmp_path: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = 0
    for at in range(1, 1000):
        backend, acknowledged = LocalBackend(tmp_path / f"{code}-{at}" / "state.json"), list[int]()
        watched = Disk(at, _fail(code))
        with monkeypatch.context() as patch:
            patch.setattr(disk, "os", watched)
            try:
                story(backend, acknowledged)
            except StateError as error:
                assert os.strerror(code) in error.headline
                assert str(backend.path.parent) in error.headline
                seen += 1
        if len(watched.calls) < at:
            break
        holds_a_prefix(backend, len(acknowledged))
    figure(f"{errno.errorcode[code]}: {seen} calls failed, all reported, nothing acknowledged lost")
    assert seen > 30


KILLED = """
import sys
from pathlib import Path
from pingconf.backends.local import LocalBackend
from pingconf.model.address import Address
from pingconf.model.resource import Recorded
from pingconf.model.state import Noted, State
backend = LocalBackend(Path(sys.argv[1]))
with backend.lock("apply"):
    while True:
        journal = backend.session(backend.read() or State("lineage"))
        for _ in range(7):
            number = len(journal.state.resources)
            journal.append(Noted(Address("pingone.groups", f"g{number}"), Recorded("x", {})))
            print(number, flush=True)
        journal.close()
"""


def test_sigkill_between_appends_loses_nothing_acknowledged(backend: LocalBackend, path: Path) -> None:
    total = 0
    for kill in range(12):
        command = [sys.executable, "-c", KILLED, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
            assert child.stdout
            for _ in range(3 + kill * 5):
                last = int(child.stdout.readline())
            child.send_signal(signal.SIGKILL)
            rest = [line for line in child.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
            last = int(rest[-1]) if rest else last
        found = len(kept(backend).resources)
        assert last + 1 <= found <= last + 2
        total = found
    figure(f"12 SIGKILLs, {total} entries acknowledged, none lost")


def test_a_journal_left_over_by_a_death_while_closing_is_begun_anew(backend: LocalBackend) -> None:
    journal = backend.session(State(LINEAGE))
    journal.append(entries(1)[0])
    left_over = backend.journal_path.read_bytes()
    journal.close()
    backend.journal_path.write_bytes(left_over)
    state = kept(backend)
    assert state == journal.state
    journal = backend.session(state)
    journal.append(entries(3)[2])
    assert kept(backend) == journal.state
    journal.append(entries(4)[3])
    journal.close()
    assert kept(backend) == journal.state


def test_a_session_that_took_over_a_journal_may_close_more_than_once(backend: LocalBackend) -> None:
    backend.session(State(LINEAGE)).append(entries(1)[0])
    journal = backend.session(kept(backend))
    for entry in entries(5)[1:]:
        journal.append(entry)
        journal.close()
        assert kept(backend) == journal.state
    assert journal.state.serial == 4


def test_after_a_failed_append_closing_leaves_the_journal_as_it_is(
    backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = backend.session(State(LINEAGE))
    journal.append(entries(1)[0])
    with monkeypatch.context() as patch:
        patch.setattr(disk, "os", Disk(1, _fail(errno.ENOSPC)))
        with pytest.raises(StateError, match="No space left"):
            journal.append(entries(2)[1])
    before = backend.journal_path.read_bytes()
    journal.close()
    assert backend.journal_path.read_bytes() == before
    assert not backend.path.exists()
    assert kept(backend) == journal.state
    with pytest.raises(StateError, match="takes no more entries"):
        journal.append(entries(2)[1])
