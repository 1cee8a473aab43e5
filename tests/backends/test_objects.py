"""A state in an object store, besides what all backends promise: fencing, half a write, damage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import obstore
import pytest
from obstore.store import MemoryStore

from pingconf.backends.codec import encode
from pingconf.backends.object_backend import ObjectBackend
from pingconf.backends.object_journal import ObjectJournal, journal_prefix
from pingconf.backends.object_store import Objects
from pingconf.model.errors import StateError
from pingconf.model.settings import RemoteState
from pingconf.model.state import State
from tests.backends import LINEAGE, a_state, entries
from tests.backends.test_contract import after, appended, meaning

PLACE = RemoteState("s3", "memory", "kept/state.json")


@pytest.fixture
def objects() -> Objects:
    return Objects(MemoryStore(), PLACE)


def names(objects: Objects) -> list[str]:
    return [one.removeprefix("kept/state.json") for one in objects.names("kept/")]


@contextmanager
def just_before(
    objects: Objects, act: str, do: Callable[[], None], patch: pytest.MonkeyPatch
) -> Iterator[None]:
    """While the block lasts, something else happens just before the first act of this name on the store."""
    real, left = getattr(Objects, act), [do]

    def acting(self: Objects, *words: Any) -> Any:
        if left:
            left.pop()()
        return real(self, *words)

    with patch.context() as patched:
        patched.setattr(Objects, act, acting)
        yield


# ---- what lies where


def test_the_objects_have_their_names(objects: Objects) -> None:
    backend = ObjectBackend(objects)
    with backend.lock("pingconf apply"):
        journal = appended(backend, 2)
        assert names(objects) == [
            ".journal/0000000000-00000001.json",
            ".journal/0000000000-00000002.json",
            ".lock",
        ]
        journal.close()
        backend.log({"number": 1})
    assert names(objects) == ["", ".runs"]
    first = objects.get(PLACE.path)
    appended(backend, 3, skip=2).close()
    backup = objects.get(f"{PLACE.path}.backup")
    assert first is not None and backup is not None and backup.data == first.data
    assert names(objects) == ["", ".backup", ".runs"]


# ---- two writers


def writers(objects: Objects) -> tuple[ObjectJournal, ObjectJournal]:
    """Two runs on the same version, each with the lock in its own eyes."""
    backend = ObjectBackend(objects)
    state = backend.read() or State(LINEAGE)
    return backend.session(state), ObjectBackend(objects).session(state)


def test_of_two_writers_one_stops_at_its_first_entry(objects: Objects) -> None:
    one, other = writers(objects)
    one.append(entries(1)[0])
    with pytest.raises(StateError, match="changed by another run meanwhile"):
        other.append(entries(1)[0])
    one.append(entries(2)[1])
    one.close()
    other.close()
    assert meaning(ObjectBackend(objects).read()) == after(2)


def test_a_writer_that_wakes_up_after_the_journal_is_gone_stops(objects: Objects) -> None:
    appended(ObjectBackend(objects), 1).close()
    one, other = writers(objects)
    one.append(entries(2)[1])
    one.close()  # and the number is free again
    with pytest.raises(StateError, match="changed by another run meanwhile"):
        other.append(entries(2)[1])
    assert ObjectBackend(objects).read() == one.state


def test_a_dead_run_that_lives_can_end_no_version_that_others_went_on_from(objects: Objects) -> None:
    dead = appended(ObjectBackend(objects), 2)
    live = appended(ObjectBackend(objects), 3, skip=2)
    with pytest.raises(StateError, match="changed by another run meanwhile"):
        dead.append(entries(3)[2])
    dead.close()
    live.close()
    assert meaning(ObjectBackend(objects).read()) == after(3)


def test_an_entry_just_before_another_ends_the_version_is_not_lost(
    objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes second finds the number taken: here it is the one who would end the version."""
    dead = appended(ObjectBackend(objects), 2)
    live = ObjectBackend(objects).session(after(2))
    with (
        just_before(objects, "create", lambda: dead.append(entries(3)[2]), monkeypatch),
        pytest.raises(StateError, match="changed by another run meanwhile"),
    ):
        live.append(entries(3)[2])
    assert meaning(ObjectBackend(objects).read()) == after(3)
    dead.close()
    assert meaning(ObjectBackend(objects).read()) == after(3)


def test_a_run_that_was_about_to_end_its_version_does_not_bury_what_came_since(
    objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has taken the last number already, and sleeps; whoever goes on meanwhile ends the version first."""
    dead = appended(ObjectBackend(objects), 2)
    lives: list[ObjectJournal] = []

    def go_on() -> None:
        lives.append(ObjectBackend(objects).session(after(2)))
        lives[0].append(entries(3)[2])

    with just_before(objects, "replace", go_on, monkeypatch):
        dead.close()  # what it would write is there already, to the byte
    with pytest.raises(StateError, match="another run"):
        dead.append(entries(3)[2])
    assert meaning(ObjectBackend(objects).read()) == after(3)
    lives[0].close()
    assert meaning(ObjectBackend(objects).read()) == after(3)


def test_a_version_that_another_ended_is_not_replaced(
    objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = appended(ObjectBackend(objects), 3)

    def push() -> None:
        ObjectBackend(objects).write(a_state(50))

    with just_before(objects, "replace", push, monkeypatch), pytest.raises(StateError, match="another run"):
        late.close()
    assert ObjectBackend(objects).read() == a_state(50)


def test_an_answer_that_is_lost_is_no_other_writer(objects: Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store is asked again by obstore, and says then that the object is there: ours."""
    real = obstore.put

    def twice(*words: Any, **more: Any) -> Any:
        real(*words, **more)
        return real(*words, **more)

    with monkeypatch.context() as patch:
        patch.setattr(obstore, "put", twice)
        backend = ObjectBackend(objects)
        with backend.lock("pingconf apply"):
            appended(backend, 4).close()
            backend.log({"number": 1})
    assert meaning(ObjectBackend(objects).read()) == after(4)
    assert ObjectBackend(objects).runs() == ({"number": 1},)


# ---- reading while others write


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("act", ["names", "get", "version"])
def test_a_reader_never_sees_half_of_a_version(
    objects: Objects, act: str, again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    appended(ObjectBackend(objects), 2).close()
    journal = appended(ObjectBackend(objects), 3, skip=2)

    def end() -> None:
        journal.close()
        if again:
            appended(ObjectBackend(objects), 5, skip=3)

    with just_before(objects, act, end, monkeypatch):
        seen = ObjectBackend(objects).read()
    assert meaning(seen) == after(5 if again else 3)
    assert seen == ObjectBackend(objects).read()


# ---- damage


def spoilt(objects: Objects) -> Iterator[tuple[str, str]]:
    """Each way to harm the journal of three entries on version 1, and what is said of it."""
    prefix = f"{journal_prefix(objects)}0000000001-0000000"
    third = objects.get(f"{prefix}3.json")
    assert third is not None
    objects.delete(f"{prefix}2.json")
    yield "a gap", "number 2 lacks"
    obstore.put(objects.store, f"{prefix}2.json", third.data[:-9])
    yield "cut off", "is damaged"
    obstore.put(objects.store, f"{prefix}2.json", third.data.replace(b"group-", b"groop-"))
    yield "changed", "checksum does not match"
    obstore.put(objects.store, f"{prefix}2.json", third.data.replace(b'"1.0"', b'"9.0"'))
    yield "newer", "has the newer format 9.0"
    objects.delete(PLACE.path)
    yield "lost", "beside it lies no state at all"
    obstore.put(objects.store, PLACE.path, encode(replace(a_state(1), lineage="another")))
    yield "another", "not version 1 of another"


def test_a_damaged_journal_is_neither_skipped_nor_guessed_at(objects: Objects) -> None:
    appended(ObjectBackend(objects), 1).close()
    appended(ObjectBackend(objects), 8, skip=5)
    for how, said in spoilt(objects):
        with pytest.raises(StateError, match=said):
            ObjectBackend(objects).read()
        with pytest.raises(StateError, match=said):
            ObjectBackend(objects).session(State(LINEAGE))
        assert how


def test_a_lock_without_a_name_is_not_taken_away_blindly(objects: Objects) -> None:
    objects.create(f"{PLACE.path}.lock", b"x")
    with pytest.raises(StateError, match="does not say whose it is"):
        ObjectBackend(objects).unlock("an-id")
