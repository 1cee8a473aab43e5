"""The state on this machine: private, locked, and whole whenever the run dies."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import reduce
from pathlib import Path

import pytest

from pingconf.backends import Backend, Journal, disk
from pingconf.backends.local import LocalBackend
from pingconf.model.address import Address
from pingconf.model.errors import StateError
from pingconf.model.resource import Recorded
from pingconf.model.state import CommitDue, Noted, State, advance, new_state
from tests.backends import LINEAGE, Disk, a_large_state, a_state, entries, kept

ROOT = Path(__file__).parents[2]


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def append(backend: LocalBackend, number: int, skip: int = 0) -> Journal:
    journal = backend.session(backend.read() or State(LINEAGE))
    for entry in entries(number)[skip:]:
        journal.append(entry)
    return journal


def test_it_is_a_backend(backend: LocalBackend) -> None:
    promised: Backend = backend
    assert promised.read() is None


def test_a_run_from_nothing_to_the_next_version(backend: LocalBackend, path: Path) -> None:
    journal = backend.session(State(LINEAGE))
    for entry in entries(10):
        journal.append(entry)
    expected = reduce(advance, entries(10), State(LINEAGE))
    assert journal.state == expected
    assert backend.read() == expected  # before the close, by replay
    journal.close()
    assert journal.state == backend.read() == replace(expected, serial=1)
    assert {file.name for file in path.parent.iterdir()} == {"state.json"}


def test_two_sessions_in_a_row_and_one_backup(backend: LocalBackend, path: Path) -> None:
    append(backend, 5).close()
    first = path.read_bytes()
    append(backend, 10, skip=5).close()
    assert kept(backend).serial == 2
    assert backend.backup_path.read_bytes() == first
    append(backend, 11, skip=10).close()
    assert {file.name for file in path.parent.iterdir()} == {"state.json", "state.json.backup"}


def test_one_session_may_close_more_than_once(backend: LocalBackend) -> None:
    journal = backend.session(State(LINEAGE))
    journal.append(entries(1)[0])
    journal.close()
    journal.append(entries(3)[2])
    journal.close()
    assert journal.state == backend.read()
    assert kept(backend).serial == 2


def test_nothing_appended_writes_nothing(backend: LocalBackend, path: Path) -> None:
    backend.session(new_state()).close()
    assert not path.parent.exists()
    append(backend, 3).close()
    before = path.stat()
    backend.session(kept(backend)).close()
    assert path.stat() == before


def test_reading_writes_nothing(backend: LocalBackend, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append(backend, 5).close()
    append(backend, 9, skip=5)
    backend.journal_path.write_bytes(backend.journal_path.read_bytes()[:-3])
    before = {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in path.parent.iterdir()}
    watched = Disk()
    monkeypatch.setattr(disk, "os", watched)
    assert backend.read() == replace(reduce(advance, entries(8), State(LINEAGE)), serial=1)
    assert {name for name, _ in watched.calls} == {"open"}
    assert {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in path.parent.iterdir()} == before


def test_a_run_that_ends_while_another_reads_is_seen_whole(
    backend: LocalBackend, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = append(backend, 5)
    real, seen = disk.read_file, list[str]()

    def read_file(file: Path) -> bytes | None:
        data = real(file)
        seen.append(file.name)
        if len(seen) == 1:
            journal.close()
        return data

    with monkeypatch.context() as patch:
        patch.setattr(disk, "read_file", read_file)
        assert LocalBackend(path).read() == journal.state
    assert seen[0] == "state.json.journal"


def test_a_state_that_changed_since_it_was_read_is_not_continued(backend: LocalBackend) -> None:
    append(backend, 3).close()
    stale = kept(backend)
    append(backend, 5, skip=3).close()
    with pytest.raises(StateError, match="changed since it was read"):
        backend.session(stale)
    with pytest.raises(StateError, match="changed since it was read"):
        backend.session(new_state())


def test_the_order_that_survives_a_power_cut(backend: LocalBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    append(backend, 3).close()
    journal = append(backend, 4, skip=3)
    watched = Disk()
    monkeypatch.setattr(disk, "os", watched)
    journal.close()
    assert [call for call in watched.calls if call[0] in ("write", "fsync", "replace")] == [
        ("write", "state.json.tmp"),
        ("fsync", "state.json.tmp"),
        ("write", "state.json.backup.tmp"),
        ("fsync", "state.json.backup.tmp"),
        ("replace", "state.json.backup.tmp"),
        ("replace", "state.json.tmp"),
        ("fsync", ".pingconf"),
    ]
    assert watched.calls[-1] == ("unlink", "state.json.journal")


def test_the_first_entry_makes_the_name_of_the_journal_last(
    backend: LocalBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = backend.session(State(LINEAGE))
    watched = Disk()
    monkeypatch.setattr(disk, "os", watched)
    journal.append(entries(1)[0])
    assert [call for call in watched.calls if call[0] in ("write", "fsync")] == [
        ("fsync", Path(backend.path.parent.parent).name),
        ("write", "state.json.journal"),
        ("fsync", "state.json.journal"),
        ("fsync", ".pingconf"),
    ]


@pytest.mark.parametrize("mask", [0, 0o077, 0o777], ids=oct)
def test_files_are_private_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    backend = LocalBackend(tmp_path / "a" / "b" / "state.json")
    with umask(mask), backend.lock("apply"):
        append(backend, 3).close()
        append(backend, 4, skip=3).close()
        append(backend, 5, skip=4)
        modes = {file.name: oct(mode_of(file)) for file in backend.path.parent.iterdir()}
    names = [
        "state.json",
        "state.json.backup",
        "state.json.journal",
        "state.json.lock",
        "state.json.lock.info",
    ]
    assert modes == dict.fromkeys(names, "0o600")
    assert mode_of(tmp_path / "a" / "b") == mode_of(tmp_path / "a") == 0o700


def test_a_folder_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    append(LocalBackend(tmp_path / "state.json"), 1).close()
    assert mode_of(tmp_path) == 0o755


@pytest.mark.parametrize("name", ["state.json", "state.json.journal", "state.json.lock"])
@pytest.mark.parametrize("sort", ["link", "dangling link", "folder", "pipe", "device"])
def test_only_regular_files_are_touched(tmp_path: Path, name: str, sort: str) -> None:
    backend, target, victim = LocalBackend(tmp_path / "state.json"), tmp_path / name, tmp_path / "victim"
    if sort == "link":
        append(LocalBackend(victim), 1).close()
        target.symlink_to(victim)
    elif sort == "dangling link":
        target.symlink_to(victim)
    elif sort == "folder":
        target.mkdir()
    elif sort == "pipe":
        os.mkfifo(target)
    else:
        target.symlink_to("/dev/null")
    before = victim.read_bytes() if victim.exists() else None
    words = "is a folder" if sort == "folder" else "is a pipe" if sort == "pipe" else "is a symbolic link"
    with pytest.raises(StateError, match=f"{name} {words}"):
        if name.endswith(".lock"):
            with backend.lock("apply"):
                pass
        else:
            backend.read()
    assert (victim.read_bytes() if victim.exists() else None) == before


def test_a_link_put_in_the_place_of_what_is_written_is_not_followed(tmp_path: Path) -> None:
    backend, victim = LocalBackend(tmp_path / "state.json"), tmp_path / "victim"
    victim.write_text("precious")
    for name in ("state.json.tmp", "state.json.backup", "state.json.backup.tmp", "state.json.lock.info"):
        (tmp_path / name).symlink_to(victim)
    with backend.lock("apply"):
        append(backend, 2).close()
        append(backend, 3, skip=2).close()
    assert victim.read_text() == "precious"
    assert not any(file.is_symlink() for file in tmp_path.iterdir())


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"], ids=["too long", "NUL"])
def test_impossible_names_are_refused_clearly(tmp_path: Path, name: str) -> None:
    with pytest.raises(StateError, match="Cannot read"):
        LocalBackend(tmp_path / name).read()
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="Not a directory"):
        LocalBackend(tmp_path / "file" / "state.json").read()


def test_a_damaged_state_stays_as_it_is_and_is_never_empty(backend: LocalBackend, path: Path) -> None:
    append(backend, 5).close()
    append(backend, 6, skip=5).close()
    path.write_bytes(b"")
    with pytest.raises(StateError, match=r"is empty \(0 bytes\)") as caught:
        backend.session(new_state())
    assert str(backend.backup_path) in " ".join(caught.value.details)
    assert path.read_bytes() == b""
    path.write_bytes(backend.backup_path.read_bytes())
    assert kept(backend).serial == 1


def test_a_lost_state_is_noticed_by_its_journal(backend: LocalBackend, path: Path) -> None:
    append(backend, 5).close()
    append(backend, 6, skip=5)
    path.unlink()
    with pytest.raises(StateError, match="beside it lies no state at all"):
        backend.read()


def test_threads_append_one_at_a_time(backend: LocalBackend) -> None:
    journal = backend.session(State(LINEAGE))

    def note(number: int) -> None:
        for index in range(25):
            journal.append(Noted(Address("pingone.groups", f"g{number}-{index}"), Recorded("x", {})))

    threads = [threading.Thread(target=note, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept(backend).resources) == 200
    assert kept(backend) == journal.state


def test_a_state_of_10000_resources_round_trips(backend: LocalBackend) -> None:
    backend.write(a_large_state(10_000))
    journal = backend.session(kept(backend))
    journal.append(CommitDue(True))
    journal.close()
    assert backend.read() == replace(a_large_state(10_000), serial=2, uncommitted=True)


def test_writing_a_version_outright(backend: LocalBackend) -> None:
    append(backend, 4)
    backend.write(a_state())
    assert backend.read() == a_state()
    assert not backend.journal_path.exists()


def test_a_link_put_there_after_the_look_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(LocalBackend(tmp_path / "victim"), 1).close()
    (tmp_path / "state.json").symlink_to(tmp_path / "victim")
    monkeypatch.setattr(disk, "refuse_unless_regular", lambda path: None)
    with pytest.raises(StateError, match=r"state\.json is a symbolic link"):
        LocalBackend(tmp_path / "state.json").read()
