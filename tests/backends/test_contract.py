"""What every backend promises, told once for all of them: files, HTTP servers, and object stores."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import reduce
from pathlib import Path

import pytest

from pingconf.backends import Backend, Journal
from pingconf.backends.codec import state_to_json
from pingconf.model.address import Address
from pingconf.model.errors import LockedError, StateError
from pingconf.model.resource import Recorded
from pingconf.model.state import Noted, State, advance, new_state
from pingconf.model.values import Secret
from tests.backends import LINEAGE, RULE, a_state, entries
from tests.backends.places import Place


def appended(backend: Backend, number: int, skip: int = 0) -> Journal:
    journal = backend.session(backend.read() or State(LINEAGE))
    for entry in entries(number)[skip:]:
        journal.append(entry)
    return journal


def meaning(state: State | None) -> State:
    """A state but for its serial: where every entry is a version, it grows faster."""
    assert state is not None
    return replace(state, serial=0)


def after(number: int) -> State:
    return reduce(advance, entries(number), State(LINEAGE))


def test_nothing_is_there_before_the_first_entry(place: Place) -> None:
    backend = place.open()
    assert backend.read() is None
    assert backend.runs() == ()
    with backend.lock("pingconf apply"):
        backend.session(new_state()).close()
    assert place.open().read() is None
    assert backend.where == place.where


def test_every_entry_is_there_as_soon_as_it_is_appended(place: Place) -> None:
    with (backend := place.open()).lock("pingconf apply"):
        journal = backend.session(State(LINEAGE))
        for number, entry in enumerate(entries(7), 1):
            journal.append(entry)
            assert place.open().read() == journal.state
            assert meaning(journal.state) == after(number)
        journal.close()
        assert place.open().read() == journal.state
        assert journal.state.serial == (7 if place.grows else 1)


def test_a_run_that_died_is_gone_on_from(place: Place) -> None:
    appended(place.open(), 4)  # and no close
    assert meaning(place.open().read()) == after(4)
    journal = appended(place.open(), 9, skip=4)
    assert meaning(place.open().read()) == after(9)
    journal.close()
    assert meaning(place.open().read()) == after(9)
    assert place.open().read() == journal.state


def test_serials_grow_from_run_to_run(place: Place) -> None:
    serials = []
    for number in range(0, 9, 3):
        journal = appended(place.open(), number + 3, skip=number)
        journal.close()
        serials.append(journal.state.serial)
    assert serials == sorted(set(serials))
    assert meaning(place.open().read()) == after(9)


def test_a_session_may_close_more_than_once(place: Place) -> None:
    journal = appended(place.open(), 2)
    journal.close()
    journal.append(entries(3)[2])
    journal.close()
    journal.close()
    assert place.open().read() == journal.state
    assert meaning(journal.state) == after(3)


def test_a_stale_state_is_not_continued(place: Place) -> None:
    appended(place.open(), 3).close()
    stale = place.open().read()
    assert stale is not None
    appended(place.open(), 5, skip=3).close()
    with pytest.raises(StateError, match="changed since it was read"):
        place.open().session(stale)
    with pytest.raises(StateError, match="changed since it was read"):
        place.open().session(new_state())


def test_a_run_that_lost_its_lock_overwrites_nothing(place: Place) -> None:
    if place.kernel:
        pytest.skip("a kernel gives no lock away while its holder lives")
    loser, winner = place.open(), place.open()
    with loser.lock("pingconf apply"):
        late = appended(loser, 2)
        with pytest.raises(LockedError) as held, winner.lock("pingconf apply"):
            raise AssertionError("two hold it")
        assert winner.unlock(_id(held.value))
        with winner.lock("pingconf apply"):
            appended(winner, 5, skip=2).close()
            with pytest.raises(StateError):
                late.append(entries(4)[3])
            late.close()
            with pytest.raises(StateError):
                late.append(entries(4)[3])
    assert meaning(place.open().read()) == after(5)


def _id(error: LockedError) -> str:
    return next(one for one in error.details if one.startswith("Its id: ")).removeprefix("Its id: ")


def test_the_lock_keeps_others_out_and_says_who_has_it(place: Place) -> None:
    with (
        place.open().lock("pingconf apply"),
        pytest.raises(LockedError) as caught,
        place.open().lock("pingconf destroy"),
    ):
        raise AssertionError("two hold it")
    error = caught.value
    assert error.exit_code == 6
    assert error.headline == f"State {place.where} is locked by another run"
    told = "\n".join(error.details)
    assert "Held by " in told and ", since 20" in told and "--lock-timeout" in told
    assert ("pingconf apply" in told) is (place.name != "gitlab")  # which does not tell
    assert "pingconf destroy" not in told
    assert (f"pingconf unlock {_id(error)}" in told) is not place.kernel
    with place.open().lock("pingconf apply"):
        assert place.open().read() is None


def test_a_lock_is_waited_for(place: Place) -> None:
    taken, end = threading.Event(), threading.Event()

    def hold() -> None:
        with place.open().lock("pingconf apply"):
            taken.set()
            end.wait(10)

    with ThreadPoolExecutor() as pool:
        held = pool.submit(hold)
        assert taken.wait(10)
        threading.Timer(0.2, end.set).start()
        with place.open().lock("pingconf apply", timeout=10):
            assert end.is_set()
        held.result()


def test_unlock_takes_the_right_lock_only(place: Place) -> None:
    assert not place.open().unlock("an-id")
    with place.open().lock("pingconf apply"):
        with pytest.raises(LockedError, match=r"has another id: .*, not an-id"):
            place.open().unlock("an-id")
        with pytest.raises(LockedError) as held, place.open().lock("pingconf apply"):
            raise AssertionError("two hold it")
        if place.kernel:
            return
        assert place.open().unlock(_id(held.value))
        assert not place.open().unlock(_id(held.value))
        with place.open().lock("pingconf apply"), pytest.raises(LockedError, match="has another id"):
            place.open().unlock(_id(held.value))


def test_a_lock_that_was_taken_away_is_not_given_back(place: Place) -> None:
    if place.kernel:
        pytest.skip("a kernel gives no lock away while its holder lives")
    with place.open().lock("pingconf apply"):
        with pytest.raises(LockedError) as held, place.open().lock("pingconf apply"):
            raise AssertionError("two hold it")
        assert place.open().unlock(_id(held.value))
        other = place.open().lock("pingconf destroy")
        other.__enter__()
    with pytest.raises(LockedError) as still, place.open().lock("pingconf apply"):
        raise AssertionError("the lock of another run was given back")
    assert _id(still.value) != _id(held.value)
    other.__exit__(None, None, None)


def test_the_lock_is_free_after_any_exit(place: Place) -> None:
    for error in (KeyboardInterrupt, RuntimeError):
        with pytest.raises(error), place.open().lock("pingconf apply"):
            raise error
    with place.open().lock("pingconf apply"):
        assert place.open().read() is None


def test_a_version_is_written_outright(place: Place) -> None:
    backend = place.open()
    with backend.lock("pingconf state push"):
        backend.write(a_state(3))
    assert place.open().read() == a_state(3)
    appended(place.open(), 2)  # leaves a journal
    with backend.lock("pingconf state push"):
        backend.write(replace(a_state(90), lineage="another"))
    assert place.open().read() == replace(a_state(90), lineage="another")


def test_damage_is_never_an_empty_state(place: Place) -> None:
    appended(place.open(), 5).close()
    data = place.get()
    assert data is not None
    for spoilt in (data[:-20], data.replace(b"group-2", b"group-3"), b"{}", b"[]"):
        place.put(spoilt)
        with pytest.raises(StateError):
            place.open().read()
        with pytest.raises(StateError):
            place.open().session(new_state())
    place.put(data)
    assert meaning(place.open().read()) == after(5)


def test_runs_are_logged_in_their_order(place: Place) -> None:
    backend = place.open()
    for number in range(3):
        with backend.lock("pingconf apply"):
            backend.session(backend.read() or new_state()).append(entries(1)[0])
            backend.log({"number": number, "user": "Zoë", "changes": [number]})
    assert [one["number"] for one in place.open().runs()] == [0, 1, 2]
    assert place.open().runs()[2] == {"number": 2, "user": "Zoë", "changes": [2]}


def test_forgetting_begins_anew(place: Place) -> None:
    backend = place.open()
    with backend.lock("pingconf apply"):
        appended(backend, 4)
        backend.log({"number": 1})
        backend.forget()
    left = place.open().read()
    assert left is None or not (left.resources or left.pending or left.target)
    assert place.open().runs() == ()
    with backend.lock("pingconf apply"):
        appended(backend, 4) if left is None else backend.session(left).append(entries(1)[0])
    assert place.open().read() is not None


def test_threads_append_without_losing_one(place: Place) -> None:
    with (backend := place.open()).lock("pingconf apply"):
        journal = backend.session(State(LINEAGE))
        noted = [Noted(Address("pingone.groups", f"g{n}"), Recorded(f"id-{n}", {})) for n in range(40)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(journal.append, noted))
        assert place.open().read() == journal.state
        journal.close()
    read = place.open().read()
    assert read is not None
    assert {one.id for one in read.resources.values()} == {f"id-{n}" for n in range(40)}


def test_what_no_state_may_hold_is_refused_and_does_no_harm(place: Place) -> None:
    journal = appended(place.open(), 1)
    with pytest.raises(TypeError):
        journal.append(Noted(RULE, Recorded("rule-1", {"token": Secret("canary-of-a-secret")})))
    journal.append(entries(2)[1])
    journal.close()
    assert meaning(place.open().read()) == after(2)


def test_a_mapping_named_like_a_secret_comes_back_as_it_was(place: Place) -> None:
    recorded = Recorded("rule-1", {"mappings": {"token": "username", "password": "email"}})
    journal = appended(place.open(), 1)
    journal.append(Noted(RULE, recorded))
    journal.close()
    read = place.open().read()
    assert read is not None
    assert state_to_json(read) == state_to_json(journal.state)
    assert read.resources[RULE] == recorded


def test_nothing_is_written_on_this_machine_for_a_remote_state(place: Place, tmp_path: Path) -> None:
    appended(place.open(), 3).close()
    assert (list(tmp_path.rglob("*")) != []) is place.kernel
