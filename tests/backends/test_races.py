"""Two runs at once on one remote state: with the lock no update is lost, without it nothing acknowledged."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from uuid import uuid4

import pytest

from pingconf.backends import Backend
from pingconf.model.address import Address
from pingconf.model.errors import StateError
from pingconf.model.resource import Recorded
from pingconf.model.state import Noted, State
from tests.backends import LINEAGE, figure
from tests.backends.conftest import environ_of, use
from tests.backends.places import Place, http_place, memory_place, object_place
from tests.backends.state_server import Answer, StateServer

ENTRIES = 3
"""Of each run."""
FEW = {"memory": 40, "http": 5, "gitlab": 5, "s3": 4, "az": 4}
"""Rounds in every run of the tests; `make soak` does 300 in each place."""
Make = Callable[[], Place]


@pytest.fixture(params=sorted(FEW))
def make(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Make]:
    """A remote place, new each time."""
    kind = str(request.param)
    if kind == "memory":
        return kind, lambda: memory_place(f"{uuid4()}/state.json")
    if kind in ("http", "gitlab"):
        server: StateServer = request.getfixturevalue("server" if kind == "http" else "gitlab")
        return kind, lambda: http_place(server, str(uuid4()), environ_of(server))
    environ = request.getfixturevalue({"s3": "s3", "az": "azure"}[kind])
    use(environ, monkeypatch)
    return kind, lambda: object_place(kind, f"{uuid4()}/state.json", environ)


@dataclass
class Run:
    """One of the two; what of it was acknowledged, and how it ended."""

    name: str
    kept: list[str] = field(default_factory=list)
    lost: StateError | None = None

    def apply(self, backend: Backend, begin: Callable[[], object] = lambda: None) -> None:
        """What an apply does to a state; `begin` is called when it has been read."""
        journal = backend.session(backend.read() or State(LINEAGE))
        begin()
        for number in range(ENTRIES):
            id = f"{self.name}-{number}"
            journal.append(Noted(Address("pingone.groups", id), Recorded(id, {})))
            self.kept.append(id)
        journal.close()

    def locked(self, place: Place, start: threading.Barrier) -> None:
        """With the lock, which is waited for."""
        backend = place.open()
        start.wait(30)
        with backend.lock("pingconf apply", timeout=60):
            self.apply(backend)

    def unlocked(self, place: Place, start: threading.Barrier) -> None:
        """As if somebody had taken the lock away from both."""
        backend = place.open()
        try:
            self.apply(backend, lambda: start.wait(30))
        except StateError as error:
            self.lost = error


def at_once(place: Place, act: Callable[[Run, Place, threading.Barrier], None]) -> tuple[Run, Run]:
    runs, start = (Run("a"), Run("b")), threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(act, run, place, start) for run in runs]:
            one.result()
    return runs


def ids(place: Place) -> set[str]:
    state = place.open().read()
    return {one.id for one in state.resources.values()} if state else set()


def no_update_is_lost(make: Make, rounds: int) -> None:
    for number in range(rounds):
        place = make()
        at_once(place, Run.locked)
        assert ids(place) == {f"{run}-{n}" for run in "ab" for n in range(ENTRIES)}, f"round {number}"


def test_two_runs_that_lock_lose_no_update(make: tuple[str, Make]) -> None:
    kind, new = make
    no_update_is_lost(new, FEW[kind])


@pytest.mark.soak
def test_two_runs_that_lock_lose_no_update_in_300_rounds(make: tuple[str, Make]) -> None:
    kind, new = make
    no_update_is_lost(new, 300)
    figure(f"{kind}: 300 rounds of two runs that lock, no update lost")


# ---- without a lock: only where the store compares and swaps


def nothing_acknowledged_is_lost(make: Make, rounds: int) -> tuple[int, int]:
    losers = 0
    for number in range(rounds):
        place = make()
        runs = at_once(place, Run.unlocked)
        there = ids(place)
        assert {id for run in runs for id in run.kept} <= there, f"round {number}: acknowledged and lost"
        assert all(len(run.kept) == ENTRIES or run.lost for run in runs)
        losers += sum(run.lost is not None for run in runs)
        Run("c").apply(place.open())  # what is left can be gone on from
        assert ids(place) == there | {f"c-{n}" for n in range(ENTRIES)}
    return rounds, losers


def test_two_runs_without_a_lock_lose_nothing_that_was_acknowledged(make: tuple[str, Make]) -> None:
    kind, new = make
    if kind in ("http", "gitlab"):
        pytest.skip("the protocol knows no compare-and-swap: it is the lock that keeps runs apart")
    rounds, losers = nothing_acknowledged_is_lost(new, FEW[kind])
    assert losers == rounds, "both began on the same version, so one must have stopped"
    figure(f"{kind}: {rounds} rounds without a lock, {losers} runs stopped, nothing acknowledged was lost")


@pytest.mark.soak
def test_two_runs_without_a_lock_lose_nothing_in_300_rounds(make: tuple[str, Make]) -> None:
    kind, new = make
    if kind in ("http", "gitlab"):
        pytest.skip("the protocol knows no compare-and-swap: it is the lock that keeps runs apart")
    rounds, losers = nothing_acknowledged_is_lost(new, 300)
    figure(f"{kind}: {rounds} rounds without a lock, {losers} runs stopped, nothing acknowledged was lost")


# ---- entries that come while a write is under way


@contextmanager
def held_up(server: StateServer, until: threading.Event) -> Iterator[threading.Event]:
    """The first write waits for an event; another one says that it has come."""
    came = threading.Event()

    def before(method: str, path: str, act: Callable[[], Answer]) -> Answer:
        if method == "POST" and not came.is_set():
            came.set()
            assert until.wait(30)
        return act()

    server.before = before
    yield came


def test_entries_that_come_meanwhile_share_the_next_write(server: StateServer) -> None:
    place = http_place(server, "shared", environ_of(server))
    journal = place.open().session(State(LINEAGE))
    noted = [Noted(Address("pingone.groups", f"g{n}"), Recorded(f"id-{n}", {})) for n in range(9)]
    go = threading.Event()
    with held_up(server, go) as came, ThreadPoolExecutor(9) as pool:
        first = pool.submit(journal.append, noted[0])
        assert came.wait(30)
        rest = [pool.submit(journal.append, one) for one in noted[1:]]
        while len(journal._shared._waiting) < 8:  # type: ignore[attr-defined]
            threading.Event().wait(0.005)
        assert not any(one.done() for one in (first, *rest)), "an entry counts before it is kept"
        go.set()
        for one in (first, *rest):
            one.result()
    assert [one.partition(" ")[0] for one in server.asked].count("POST") == 2
    assert place.open().read() == journal.state == replace(journal.state, serial=2)
    assert len(ids(place)) == 9


def test_entries_that_share_a_failed_write_all_fail(server: StateServer) -> None:
    place = http_place(server, "shared", environ_of(server))
    journal = place.open().session(State(LINEAGE))
    noted = [Noted(Address("pingone.groups", f"g{n}"), Recorded(f"id-{n}", {})) for n in range(5)]
    journal.append(noted[0])
    server.before = lambda method, path, act: (409, b"{}") if method == "POST" else act()
    with ThreadPoolExecutor(4) as pool:
        ends = [pool.submit(journal.append, one).exception() for one in noted[1:]]
    assert all(isinstance(one, StateError) for one in ends)
    assert ids(place) == {"id-0"}
    assert journal.state.resources.keys() == {noted[0].address}
