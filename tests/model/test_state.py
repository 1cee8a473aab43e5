"""The state, moved by one journal entry after the other."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pingconf.model.address import Address
from pingconf.model.resource import Recorded
from pingconf.model.state import (
    CommitDue,
    Dropped,
    Entry,
    Intended,
    Intent,
    Noted,
    Resolved,
    State,
    advance,
    new_state,
)

A: Final = Address("pingone.groups", "a")
B: Final = Address("pingone.groups", "b")
ONE: Final = Recorded("1", {"name": "one"})
TWO: Final = Recorded("2", {"name": "two"}, deposed=("1",))
WAITING: Final = Intent("n", "one")


def state(**parts: Any) -> State:
    return State("lineage", 7, **parts)


@pytest.mark.parametrize(
    ("before", "entry", "after"),
    [
        (state(), Intended(A, WAITING), state(pending={A: WAITING})),
        (
            state(pending={A: WAITING}),
            Intended(A, Intent("m", "two")),
            state(pending={A: Intent("m", "two")}),
        ),
        (state(pending={A: WAITING, B: WAITING}), Resolved(A), state(pending={B: WAITING})),
        (state(), Resolved(A), state()),
        (state(pending={A: WAITING}), Noted(A, ONE), state(resources={A: ONE})),
        (state(resources={A: ONE, B: ONE}), Noted(A, TWO), state(resources={A: TWO, B: ONE})),
        (state(resources={A: ONE}, pending={A: WAITING}), Resolved(A), state(resources={A: ONE})),
        (state(resources={A: ONE, B: TWO}), Dropped(A), state(resources={B: TWO})),
        (
            state(resources={A: ONE}, pending={A: WAITING, B: WAITING}),
            Dropped(A),
            state(pending={B: WAITING}),
        ),
        (state(), Dropped(A), state()),
        (state(), CommitDue(True), state(uncommitted=True)),
        (state(uncommitted=True, resources={A: ONE}), CommitDue(False), state(resources={A: ONE})),
    ],
)
def test_the_table(before: State, entry: Entry, after: State) -> None:
    assert advance(before, entry) == after


ADDRESSES: Final = st.sampled_from([A, B])
ENTRIES: Final = st.one_of(
    st.builds(Intended, ADDRESSES, st.just(WAITING)),
    st.builds(Resolved, ADDRESSES),
    st.builds(Noted, ADDRESSES, st.sampled_from([ONE, TWO])),
    st.builds(Dropped, ADDRESSES),
    st.builds(CommitDue, st.booleans()),
)


@given(st.lists(ENTRIES, max_size=20))
def test_any_journal_may_be_replayed(entries: list[Entry]) -> None:
    """The state before stays as it was; an address told last is there, or waits, or is gone, as told."""
    now = state()
    for entry in entries:
        before = (dict(now.resources), dict(now.pending), now.uncommitted)
        following = advance(now, entry)
        assert (dict(now.resources), dict(now.pending), now.uncommitted) == before
        assert (following.lineage, following.serial) == (now.lineage, now.serial)
        assert advance(following, entry) == following, "an entry read twice changes nothing more"
        _check(following, entry)
        now = following


def _check(after: State, entry: Entry) -> None:
    if isinstance(entry, Noted):
        assert after.resources[entry.address] == entry.recorded
    if isinstance(entry, Dropped):
        assert entry.address not in after.resources
    if isinstance(entry, (Noted, Dropped, Resolved)):
        assert entry.address not in after.pending
    if isinstance(entry, Intended):
        assert after.pending[entry.address] == entry.intent


def test_a_new_state_is_empty_and_one_of_a_kind() -> None:
    first, second = new_state(), new_state()
    assert UUID(first.lineage).version == 4
    assert first.lineage != second.lineage
    assert (first.serial, dict(first.resources), dict(first.pending), first.uncommitted) == (0, {}, {}, False)
