"""A list that lags behind is looked at again before anybody believes that something is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from pingconf.engine.grace import WAITS, confirm_absences
from pingconf.engine.snapshot import Snapshot
from pingconf.model.address import Address
from pingconf.model.kind import Kind, Kinds
from pingconf.model.resource import Marker, Observed, Recorded
from pingconf.model.state import Intent, State
from tests.engine import LINEAGE
from tests.engine.fakes import KEY, Key, Thing

A: Address = Address("fake.things", "a")
MADE = Observed("1", {"name": "a"})


class Lagging(Thing):
    """A thing that its list does not show for so many looks."""

    section = "fake.things"
    noun = "thing"

    def list(self, api: Any) -> Sequence[Observed]:
        return api.look()  # type: ignore[no-any-return]

    def read(self, api: Any, id: str) -> Observed | None:
        api.read.append(id)
        return next((one for one in api.rows if one.id == id), None)

    def is_partial(self, recorded: Any, observed: Observed) -> bool:
        return bool("more" in recorded and "more" not in observed.attributes)


class Routed(Lagging):
    """One that can be read by its id."""

    has_route = True


@dataclass
class Service:
    """Rows, of which the first `lag` looks show nothing."""

    rows: list[Observed] = field(default_factory=list)
    lag: float = 0
    looks: int = 0
    read: list[str] = field(default_factory=list)

    def look(self) -> list[Observed]:
        self.looks += 1
        return self.rows if self.looks > self.lag else []


def confirmed(kind: Kind[Any], service: Service, state: State) -> tuple[tuple[Observed, ...], list[float]]:
    """What is believed in the end, and the seconds waited for that."""
    waited: list[float] = []
    kinds: Kinds[Any] = {"fake.things": kind}
    first = Snapshot({"fake.things": tuple(kind.list(service))})
    seen = confirm_absences(first, (), state, kinds, service, waited.append)
    return seen.objects("fake.things"), waited


def state(*, pending: bool = False, **attributes: Any) -> State:
    if pending:
        return State(LINEAGE, pending={A: Intent("n1", "a")})
    return State(LINEAGE, resources={A: Recorded("1", {"name": "a", **attributes})})


def test_nothing_missing_costs_nothing() -> None:
    service = Service([MADE])
    assert confirmed(Lagging(), service, state()) == ((MADE,), [])
    assert (service.looks, service.read) == (1, [])


@pytest.mark.parametrize("lag", [1, 2, 3])
@pytest.mark.parametrize("pending", [True, False])
def test_what_shows_up_late_is_seen(lag: int, pending: bool) -> None:
    seen, waited = confirmed(Lagging(), Service([MADE], lag), state(pending=pending))
    assert seen == (MADE,)
    assert waited == list(WAITS[:lag])


@pytest.mark.parametrize("pending", [True, False])
def test_what_does_not_show_up_in_ten_seconds_is_gone(pending: bool) -> None:
    seen, waited = confirmed(Lagging(), Service([], 99), state(pending=pending))
    assert seen == ()
    assert (waited, sum(waited)) == (list(WAITS), 10)


def test_a_route_is_believed_at_once() -> None:
    service = Service([MADE], 99)
    assert confirmed(Routed(), service, state()) == ((MADE,), [])
    assert service.read == ["1"]
    gone = Service([], 99)
    assert confirmed(Routed(), gone, state()) == ((), [])


def test_a_route_says_nothing_of_what_has_no_id_yet() -> None:
    seen, waited = confirmed(Routed(), Service([MADE], 2), state(pending=True))
    assert (seen, len(waited)) == ((MADE,), 2)


def test_of_what_is_put_together_from_lists_the_rest_is_waited_for() -> None:
    """A rule is there, but not all of its mappings."""
    half, whole = MADE, Observed("1", {"name": "a", "more": 1})

    class Growing(Service):
        def look(self) -> list[Observed]:
            self.looks += 1
            return [half if self.looks < 3 else whole]

    assert confirmed(Routed(), Growing(), state(more=1)) == ((whole,), list(WAITS[:2]))


@pytest.mark.parametrize(("nonces", "looks"), [(("n0",), 3), (("n0", "n1"), 0)])
def test_a_token_is_known_by_its_mark(nonces: tuple[str, ...], looks: int) -> None:
    """Another of the same name is not the one that was begun."""
    listed = tuple(Observed(nonce, {"name": "k"}, marker=Marker("x", "k", nonce)) for nonce in nonces)
    service, waited = Service(list(listed)), list[float]()
    kinds: Kinds[Any] = {KEY.section: MarkedKey()}
    begun = State(LINEAGE, pending={KEY: Intent("n1", "k")})
    confirm_absences(Snapshot({KEY.section: listed}), (), begun, kinds, service, waited.append)
    assert len(waited) == looks


class MarkedKey(Key):
    """A key that is listed with its mark."""

    def list(self, api: Any) -> Sequence[Observed]:
        return api.look()  # type: ignore[no-any-return]


def test_what_nobody_may_look_at_is_left_alone() -> None:
    service = Service([MADE], 99)
    first = Snapshot({"fake.things": None})
    kinds: Kinds[Any] = {"fake.things": Lagging()}
    seen = confirm_absences(first, (), state(), kinds, service, lambda seconds: None)
    assert seen.unread("fake.things")
    assert service.looks == 0
