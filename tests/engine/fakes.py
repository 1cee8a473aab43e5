"""Four tiny kinds on a service that is a table, and a journal in memory: the applier needs no more."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pingconf.engine.applier import Applier
from pingconf.engine.planner import Request, plan
from pingconf.engine.ports import Ports
from pingconf.engine.snapshot import refresh
from pingconf.engine.workers import Workers
from pingconf.model.address import Address
from pingconf.model.errors import PingconfError, UnknownOutcomeError
from pingconf.model.event import Event
from pingconf.model.kind import Kind, Kinds, Made
from pingconf.model.plan import Plan
from pingconf.model.resource import Desired, Marker, Observed
from pingconf.model.state import Entry, State, advance
from pingconf.model.values import Attributes, Reference, Secret, with_value
from tests.canary import SCIM_TOKEN
from tests.engine import LINEAGE, NOW

KEY: Final = Address("fake.keys", "k")
LOCK: Final = Address("fake.locks", "l")
DOOR: Final = Address("fake.doors", "d")


@dataclass
class Table:
    """A service. `faults` are raised instead of an act, `lost` after it; both go by "create fake.keys"."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: dict[str, BaseException] = field(default_factory=dict)
    lost: dict[str, BaseException] = field(default_factory=dict)
    log: list[Any] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def calls(self) -> list[str]:
        return [one for one in self.log if isinstance(one, str)]

    def begin(self, call: str) -> None:
        self.log.append(call)
        if call in self.faults:
            raise self.faults.pop(call)

    def end(self, call: str) -> None:
        if call in self.lost:
            raise self.lost.pop(call)

    def of(self, section: str) -> list[dict[str, Any]]:
        return [row for row in self.rows.values() if row["section"] == section]


class Journal:
    """Keeps the state in memory; `log`, where given, is shared with the service to see who was first."""

    def __init__(self, state: State, log: list[Any] | None = None) -> None:
        self._state = state
        self._log = log if log is not None else []
        self.entries: list[Entry] = []
        self._one_at_a_time = threading.Lock()

    @property
    def state(self) -> State:
        return self._state

    def append(self, entry: Entry) -> None:
        with self._one_at_a_time:
            self._state = advance(self._state, entry)
            self._log.append(entry)
            self.entries.append(entry)


class Thing(Kind[Table]):
    """An object in the table."""

    def list(self, api: Table) -> Sequence[Observed]:
        return [Observed(row["id"], row["shown"], marker=row["marker"]) for row in api.of(self.section)]

    def create(self, api: Table, attributes: Attributes, marker: Marker) -> Made:
        api.begin(f"create {self.section}")
        id = f"{self.section}-{next(api.numbers)}"
        kept = {} if self.two_steps else attributes
        shown = {"name": attributes.get("name"), **_shown(kept)}
        mark = marker if self.yields_secret else None
        api.rows[id] = {"id": id, "section": self.section, "shown": shown, "marker": mark, "sent": attributes}
        api.end(f"create {self.section}")
        return Made(id, Secret(SCIM_TOKEN) if self.yields_secret else None)

    def update(self, api: Table, id: str, attributes: Attributes) -> None:
        api.begin(f"update {self.section}")
        api.rows[id] |= {"shown": _shown(attributes), "sent": attributes}
        api.end(f"update {self.section}")

    def delete(self, api: Table, id: str) -> None:
        api.begin(f"delete {self.section}")
        api.rows.pop(id, None)
        api.end(f"delete {self.section}")


def _shown(attributes: Attributes) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if not isinstance(value, Secret)}


class Key(Thing):
    section = "fake.keys"
    noun = "key"
    yields_secret = True
    user_only = True
    replaces_on = frozenset({"name"})

    def recognises(self, attributes: Attributes, observed: Observed) -> bool:
        return False


class Lock(Thing):
    section = "fake.locks"
    noun = "lock"
    write_only = frozenset({"key"})
    tested = True
    committed = True

    def harms(self, attributes: Attributes) -> bool:
        return attributes.get("armed") is True

    def test(self, api: Table, attributes: Attributes) -> None:
        api.begin("test fake.locks")

    def release(self, api: Table, id: str, attributes: Attributes) -> Attributes:
        off = with_value(attributes, "armed", False)
        self.update(api, id, off)
        return off


class Door(Thing):
    section = "fake.doors"
    noun = "door"
    two_steps = True
    committed = True


class Revision(Thing):
    section = "pingone.revision"
    noun = "revision"
    single = True
    commits = True

    def list(self, api: Table) -> Sequence[Observed]:
        return super().list(api)[-1:]


FAKES: Final[Kinds[Table]] = {kind.section: kind for kind in (Key(), Lock(), Door(), Revision())}


def setup(**lock: Any) -> tuple[Desired, ...]:
    """A key, the lock that holds its secret, and a door with that lock."""
    attributes = {"name": "l", "armed": True, "key": Reference(KEY, "secret"), **lock}
    return (
        Desired(KEY, {"name": "k"}),
        Desired(LOCK, attributes, depends_on=(KEY,)),
        Desired(DOOR, {"name": "d", "lock": Reference(LOCK), "open": True}, depends_on=(LOCK,)),
    )


@dataclass
class House:
    """A service and what is written down about it, from one apply to the next."""

    table: Table = field(default_factory=Table)
    state: State = field(default_factory=lambda: State(LINEAGE))
    entries: list[Entry] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    error: BaseException | None = None
    at_once: int = 1

    def plan(self, *desired: Desired, **request: Any) -> Plan:
        snapshot = refresh(desired, self.state, FAKES, self.table)
        return plan(Request(desired, **request), self.state, snapshot, FAKES, NOW)

    def applier(self, *desired: Desired, **request: Any) -> tuple[Applier[Table], Journal]:
        self.table.log.clear()
        journal = Journal(self.state, self.table.log)
        nonces = itertools.count(1)
        planned = self.plan(*desired, **request)
        ports = Ports(self.table, journal, lambda: f"nonce{next(nonces)}", workers=Workers(self.at_once))
        return Applier(planned, FAKES, ports), journal

    def apply(self, *desired: Desired, **request: Any) -> House:
        """Plan and apply; what it ended with is in `error`."""
        applier, journal = self.applier(*desired, **request)
        self.events, self.error = [], None
        try:
            for event in applier.run():
                self.events.append(event)
        except (PingconfError, KeyboardInterrupt, ZeroDivisionError) as error:
            self.error = error
        self.state, self.entries = journal.state, journal.entries
        return self

    def settled(self, **lock: Any) -> House:
        """Make the usual things."""
        self.apply(*setup(**lock))
        assert self.error is None
        return self


def unknown() -> UnknownOutcomeError:
    return UnknownOutcomeError("nobody knows")
