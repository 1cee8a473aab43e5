"""The only place that acts: what it tells, what it writes down and when, and what becomes of a failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any, Final

import pytest

from pingconf.model.errors import PingconfError, ServiceError, StateError
from pingconf.model.event import Begun, Done, Failed, Skipped
from pingconf.model.plan import Verb
from pingconf.model.state import CommitDue, Dropped, Entry, Intended, Noted, Resolved
from pingconf.model.values import Reference, Secret, Unknown
from tests.canary import SCIM_TOKEN
from tests.engine import OURS, REVISION
from tests.engine.fakes import DOOR, KEY, LOCK, House, Table, setup, unknown

FIRST: Final = [
    "create fake.keys",
    "test fake.locks",
    "create fake.locks",
    "create fake.doors",
    "update fake.doors",
    "create pingone.revision",
]
FAULTS: Final[dict[str, Callable[[], BaseException]]] = {
    "refused": lambda: ServiceError("refused"),
    "unknown": unknown,
    "interrupted": KeyboardInterrupt,
    "a bug": ZeroDivisionError,
}


def keys_alive(table: Table) -> list[str]:
    return [row["id"] for row in table.of("fake.keys")]


def holds(table: Table) -> list[Any]:
    """The secrets that the locks were sent."""
    return [row["sent"]["key"] for row in table.of("fake.locks")]


def inside(value: Any) -> Iterator[Any]:
    """Everything in an entry, down to the last value."""
    yield value
    if is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from inside(getattr(value, one.name))
    elif isinstance(value, dict):
        for pair in value.items():
            yield from inside(pair[0])
            yield from inside(pair[1])
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from inside(one)


def check_entries(entries: list[Entry]) -> None:
    """Nothing is written down but plain values, and no secret among them."""
    for entry in entries:
        parts = list(inside(entry))
        assert not any(isinstance(part, (Secret, Reference, Unknown)) for part in parts), entry
        assert not any(isinstance(part, str) and SCIM_TOKEN in part for part in parts)


def check_converged(house: House) -> None:
    """As if nothing had happened: one of each, one key, held by the lock, and nothing left to do."""
    assert house.error is None
    counts = {section: len(house.table.of(section)) for section in ("fake.keys", "fake.locks", "fake.doors")}
    assert counts == {"fake.keys": 1, "fake.locks": 1, "fake.doors": 1}
    (alive,) = keys_alive(house.table)
    assert house.state.resources[KEY].id == alive
    assert house.state.resources[LOCK].bindings == {"key": alive}
    assert [secret.reveal() for secret in holds(house.table)] == [SCIM_TOKEN]
    assert (dict(house.state.pending), house.state.uncommitted) == ({}, False)
    plan = house.plan(*setup())
    assert (plan.changes, plan.steps, plan.drift) == ((), (), ())


# ---- the first apply


def test_each_step_is_told_when_it_begins_and_when_it_is_done() -> None:
    house = House().settled()
    told = [(type(event), event.address, event.verb) for event in house.events]
    expected = [
        (KEY, Verb.CREATE),
        (LOCK, Verb.TEST),
        (LOCK, Verb.CREATE),
        (DOOR, Verb.CREATE),
        (DOOR, Verb.UPDATE),
        (REVISION, Verb.COMMIT),
    ]
    assert told == [(kind, *one) for one in expected for kind in (Begun, Done)]
    assert all(event.seconds >= 0 for event in house.events if isinstance(event, Done))
    check_converged(house)


def test_the_journal_goes_before_and_after_each_act() -> None:
    log = House().settled().table.log
    acts = [
        one if isinstance(one, str) else (type(one).__name__, str(getattr(one, "address", one)))
        for one in log
    ]
    assert acts == [
        ("Intended", "fake.keys.k"),
        "create fake.keys",
        ("Noted", "fake.keys.k"),
        "test fake.locks",
        ("CommitDue", "CommitDue(due=True)"),
        ("Intended", "fake.locks.l"),
        "create fake.locks",
        ("Noted", "fake.locks.l"),
        ("Intended", "fake.doors.d"),
        "create fake.doors",
        ("Noted", "fake.doors.d"),
        "update fake.doors",
        ("Noted", "fake.doors.d"),
        ("Intended", "pingone.revision"),
        "create pingone.revision",
        ("CommitDue", "CommitDue(due=False)"),
        ("Noted", "pingone.revision"),
    ]


def test_what_is_written_down() -> None:
    house = House().settled()
    check_entries(house.entries)
    resources = house.state.resources
    assert resources[LOCK].attributes == {"name": "l", "armed": True}
    assert resources[LOCK].bindings == {"key": resources[KEY].id}
    assert resources[DOOR].attributes == {"name": "d", "lock": resources[LOCK].id, "open": True}
    assert resources[DOOR].depends_on == (LOCK,)
    halfway = [one.recorded for one in house.entries if isinstance(one, Noted) and one.address == DOOR]
    assert [one.attributes == {} for one in halfway] == [True, False], "half made, it has no attributes yet"


def test_an_intent_names_the_marker_and_the_object() -> None:
    house = House().settled()
    intents = {one.address: one.intent for one in house.entries if isinstance(one, Intended)}
    assert {address: intent.identity for address, intent in intents.items()} == {
        KEY: "k",
        LOCK: "l",
        DOOR: "d",
        REVISION: "",
    }
    assert len({intent.nonce for intent in intents.values()}) == 4
    (row,) = house.table.of("fake.keys")
    assert (row["marker"].lineage, row["marker"].key, row["marker"].nonce) == (OURS, "k", intents[KEY].nonce)


# ---- a failure at each act


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("call", FIRST)
@pytest.mark.parametrize("done", [False, True])
def test_a_failure_ends_it_and_the_next_apply_goes_on(call: str, fault: str, done: bool) -> None:
    """Whether or not the service had done it: no key lives that nobody holds; the next apply converges.

    Who wants it to end at once is not kept waiting; then it is the next apply that revokes the key.
    """
    if done and (call == "test fake.locks" or fault == "refused"):
        return
    house = House()
    error = FAULTS[fault]()
    (house.table.lost if done else house.table.faults)[call] = error
    house.apply(*setup())
    assert house.error is error
    after = house.table.calls[house.table.calls.index(call) + 1 :]
    assert set(after) <= {"delete fake.keys"}, "nothing is done any more but to revoke"
    refused = (call, fault) == ("create fake.locks", "refused")  # what was cleanly refused holds nothing
    begun = "create fake.locks" in house.table.calls and not refused
    kept = begun or fault in ("interrupted", "a bug")
    if call != "create fake.keys":
        assert after == ([] if kept else ["delete fake.keys"])
        assert len(keys_alive(house.table)) == (1 if kept else 0)
    check_entries(house.entries)
    check_converged(house.apply(*setup()))


@pytest.mark.parametrize("call", FIRST)
def test_what_is_told_of_a_failure(call: str) -> None:
    house = House()
    house.table.faults[call] = ServiceError("refused")
    house.apply(*setup())
    failed = [event for event in house.events if isinstance(event, Failed)]
    skipped = [event for event in house.events if isinstance(event, Skipped)]
    begun = sum(isinstance(event, Begun) for event in house.events)
    assert (len(failed), begun + len(skipped)) == (1, len(FIRST))
    assert failed[0].error is house.error
    assert house.events[-len(skipped) - 1] == failed[0], "first what failed, then what is skipped"
    assert failed[0].error.details[0].startswith("While ")
    assert str(failed[0].address) in failed[0].error.details[0]


@pytest.mark.parametrize(
    ("error", "kept"), [(ServiceError("no"), False), (unknown(), True), (ZeroDivisionError(), True)]
)
def test_an_intent_is_kept_only_where_the_outcome_is_unknown(error: BaseException, kept: bool) -> None:
    house = House()
    house.table.faults["create fake.doors"] = error
    house.apply(*setup())
    assert (DOOR in house.state.pending) is kept
    assert (Resolved(DOOR) in house.entries) is not kept
    assert DOOR not in house.state.resources


def test_an_undelivered_secret_is_revoked_and_that_is_said() -> None:
    house = House()
    house.table.faults["test fake.locks"] = ServiceError("refused")
    house.apply(*setup())
    assert isinstance(house.error, PingconfError)
    assert "The new secret of fake.keys.k was revoked; nothing holds it." in house.error.details
    assert house.entries[-1] == Dropped(KEY)


def test_a_revocation_that_fails_is_said_and_made_good() -> None:
    house = House()
    house.table.faults |= {"test fake.locks": ServiceError("no"), "delete fake.keys": ServiceError("no")}
    house.apply(*setup())
    assert isinstance(house.error, PingconfError)
    assert any("could not be revoked; the next apply does it" in detail for detail in house.error.details)
    assert len(keys_alive(house.table)) == 1
    check_converged(house.apply(*setup()))


def test_where_nothing_can_be_written_down_nothing_more_is_done() -> None:
    """Not even revoked: the next apply would not know."""
    house = House()
    applier, journal = house.applier(*setup())
    write = journal.append

    def full(entry: Entry) -> None:
        if isinstance(entry, CommitDue):
            raise StateError("No space left on device")
        write(entry)

    journal.append = full  # type: ignore[method-assign]
    with pytest.raises(StateError):
        list(applier.run())
    assert house.table.calls == FIRST[:2]
    house.state = journal.state
    check_converged(house.apply(*setup()))


def test_whoever_stops_listening_stops_the_apply() -> None:
    house = House()
    applier, journal = house.applier(*setup())
    events: Any = applier.run()
    while not isinstance(next(events), Done):
        pass
    events.close()
    assert house.table.calls == FIRST[:1]
    house.state = journal.state
    check_converged(house.apply(*setup()))
