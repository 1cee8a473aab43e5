"""The journal gives back every acknowledged entry, forgives a torn last line, and nothing else."""

from __future__ import annotations

import os
import random
from functools import reduce
from pathlib import Path

import pytest

from pingconf.backends import disk
from pingconf.backends.journal import JournalFile, is_compacted, parse, restore
from pingconf.model.errors import StateError
from pingconf.model.resource import Recorded
from pingconf.model.state import Noted, State, advance
from pingconf.model.values import Secret
from tests.backends import LINEAGE, RULE, Disk, a_large_state, a_state, entries, figure


def write(path: Path, state: State, number: int, skip: int = 0) -> bytes:
    """A journal file with some entries behind `state`."""
    data = path.read_bytes() if path.exists() else b""
    file = JournalFile(path, state, parse(data, path))
    for entry in entries(number)[skip:]:
        file.append(entry)
    file.close()
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.json.journal"


def test_every_entry_comes_back(path: Path) -> None:
    data = write(path, a_state(), 25)
    written = parse(data, path)
    assert written is not None
    assert (written.lineage, written.serial) == (LINEAGE, 3)
    assert list(written.entries) == entries(25)
    assert written.length == len(data)
    assert data.count(b"\n") == 26
    assert restore(a_state(), written, path) == reduce(advance, entries(25), a_state())


def test_a_second_run_goes_on_in_the_same_file(path: Path) -> None:
    write(path, a_state(), 10)
    in_two = write(path, a_state(), 20, skip=10)
    path.unlink()
    assert write(path, a_state(), 20) == in_two


def test_truncated_at_every_byte_the_whole_lines_before_remain(path: Path) -> None:
    data = write(path, a_state(), 12)
    ends = [index + 1 for index, byte in enumerate(data) if byte == ord("\n")]
    for length in range(len(data) + 1):
        whole = sum(end <= length for end in ends)
        written = parse(data[:length], path)
        assert (list(written.entries) if written else None) == (entries(12)[: whole - 1] if whole else None)
    figure(f"journal truncations read as a prefix: {len(data) + 1} of {len(data) + 1}")


def test_going_on_behind_a_torn_line_leaves_no_damage(path: Path) -> None:
    data = write(path, a_state(), 11)
    for torn in range(1, 40):
        path.write_bytes(data[:-torn])
        write(path, a_state(), 11, skip=10)
        assert path.read_bytes() == data


def test_1000_bit_flips_are_refused(path: Path) -> None:
    data, chance, refused = write(path, a_state(), 12), random.Random(7), 0
    for _ in range(1000):
        flipped = bytearray(data)
        flipped[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        with pytest.raises(StateError) as caught:
            parse(bytes(flipped), path)
        assert str(path) in caught.value.headline
        refused += 1
    figure(f"journal bit flips refused: {refused} of 1000")


def test_a_lost_moved_doubled_or_foreign_line_is_refused(path: Path) -> None:
    lines = write(path, a_state(), 6).splitlines(keepends=True)
    path.unlink()
    foreign = write(path, a_state(serial=9), 6).splitlines(keepends=True)
    for damaged in (
        lines[1:],
        [*lines[:2], *lines[3:]],
        [lines[0], lines[2], lines[1], *lines[3:]],
        [*lines[:3], lines[2], *lines[3:]],
        [*lines[:3], *foreign[3:]],
        [*lines, b"\n"],
    ):
        with pytest.raises(StateError, match="is damaged in line"):
            parse(b"".join(damaged), path)


def test_a_journal_that_is_part_of_the_state_already_adds_nothing(path: Path) -> None:
    written = parse(write(path, a_state(serial=3), 5), path)
    assert written is not None
    later = a_state(serial=4)
    assert is_compacted(later, written)
    assert restore(later, written, path) is later


@pytest.mark.parametrize(
    ("beside", "message"),
    [
        (a_state(serial=2), "continues version 3 of .*, but beside it lies version 2 of"),
        (State("another", 3), "beside it lies version 3 of another"),
        (State("another", 9), "beside it lies version 9 of another"),
        (None, "beside it lies no state at all"),
    ],
    ids=["newer than the state", "other lineage", "other lineage, older", "state is gone"],
)
def test_a_journal_of_another_state_is_refused(path: Path, beside: State | None, message: str) -> None:
    written = parse(write(path, a_state(serial=3), 5), path)
    with pytest.raises(StateError, match=message):
        restore(beside, written, path)


def test_the_first_journal_of_all_needs_no_state(path: Path) -> None:
    written = parse(write(path, State(LINEAGE), 5), path)
    assert restore(None, written, path) == reduce(advance, entries(5), State(LINEAGE))


def test_a_newer_format_is_refused_by_name(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pingconf.backends.journal.FORMAT_VERSION", "3.0")
    data = write(path, a_state(), 1)
    with pytest.raises(StateError, match=r"has the newer format 3\.0"):
        parse(data, path)


def test_an_append_costs_one_write_and_one_fsync_however_large_the_state_is(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs = []
    for resources in (1, 10_000):
        path.unlink(missing_ok=True)
        file = JournalFile(path, a_large_state(resources), None)
        file.append(entries(3)[0])
        with monkeypatch.context() as patch:
            watched = Disk()
            patch.setattr(disk, "os", watched)
            file.append(entries(3)[2])
        file.close()
        assert [name for name, _ in watched.calls] == ["write", "fsync"]
        costs.append(watched.written)
    assert costs[0] == costs[1]


def test_no_secret_gets_into_a_line(path: Path) -> None:
    file = JournalFile(path, a_state(), None)
    file.append(entries(1)[0])
    with pytest.raises(TypeError):
        file.append(Noted(RULE, Recorded("rule-1", {"token": Secret("CANARY")})))
    file.append(entries(2)[1])
    file.close()
    assert b"CANARY" not in path.read_bytes()
    written = parse(path.read_bytes(), path)
    assert written and list(written.entries) == entries(2)


def test_after_one_failure_nothing_more_is_taken(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = JournalFile(path, a_state(), None)
    file.append(entries(1)[0])

    def no_space(name: str, args: tuple[int, bytes]) -> None:
        os.write(args[0], args[1][:20])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(disk, "os", Disk(at=1, fault=no_space))
        with pytest.raises(StateError, match="No space left on device"):
            file.append(entries(2)[1])
    with pytest.raises(StateError, match="takes no more entries"):
        file.append(entries(2)[1])
    file.close()
    file.close()
    written = parse(path.read_bytes(), path)
    assert written and list(written.entries) == entries(1)


def test_a_flipped_last_line_break_is_damage_and_no_torn_line(path: Path) -> None:
    data = write(path, a_state(), 3)
    for bit in range(8):
        with pytest.raises(StateError, match="its end was overwritten"):
            parse(data[:-1] + bytes([data[-1] ^ 1 << bit]), path)
