"""The only place that acts: does the steps of a plan, writing down each before and after."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Generic, Protocol, TypeVar

from pingconf.engine.decision import resolve
from pingconf.engine.outputs import GERUNDS, storable, wanted_of
from pingconf.engine.situation import short_lineage
from pingconf.engine.steps import REVISION
from pingconf.model.address import Address
from pingconf.model.errors import PingconfError, UnknownOutcomeError
from pingconf.model.event import Begun, Done, Event, Failed, Skipped
from pingconf.model.kind import Kind, Kinds
from pingconf.model.plan import Plan, Step, Verb
from pingconf.model.resource import Desired, Marker, Recorded
from pingconf.model.state import CommitDue, Dropped, Entry, Intended, Intent, Noted, Resolved, State
from pingconf.model.values import Attributes, Reference, Secret, value_at, with_value

Api = TypeVar("Api")


class Journal(Protocol):
    """Where each entry is written down for good before the next act."""

    @property
    def state(self) -> State: ...

    def append(self, entry: Entry) -> None: ...


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A secret made in this run that nobody holds yet, and what was recorded before it."""

    id: str
    before: Recorded | None


class Applier(Generic[Api]):
    """One apply. Secrets live in this object only, from the answer to the request that holds them."""

    def __init__(
        self, plan: Plan, kinds: Kinds[Api], api: Api, journal: Journal, nonce: Callable[[], str]
    ) -> None:
        self._plan = plan
        self._kinds = kinds
        self._api = api
        self._journal = journal
        self._nonce = nonce
        self._ids: dict[Address, str] = dict(plan.ids)
        self._secrets: dict[Address, Secret] = {}
        self._fresh: dict[Address, _Fresh] = {}
        self._released: dict[Address, Attributes] = {}
        self.undone: set[Address] = set()
        """What was made and taken back, as the run failed before anything held it."""

    def run(self) -> Iterator[Event]:
        """Do every step in order. The first that fails ends it: a new secret that nobody holds yet is
        revoked, the rest is told as skipped, and the error is raised."""
        steps = iter(self._plan.steps)
        try:
            for step in steps:
                yield from self._one(step)
            self._settle()
        except PingconfError as error:
            self._revoke_undelivered(error)
            for left in steps:
                yield Skipped(left.address, left.verb)
            raise
        except BaseException:
            self._revoke_undelivered(None)
            raise

    def _one(self, step: Step) -> Iterator[Event]:
        yield Begun(step.address, step.verb)
        began = time.monotonic()
        try:
            self._do(step)
        except PingconfError as error:
            error.add(f"While {GERUNDS[step.verb]} {step.address}.")
            yield Failed(step.address, step.verb, time.monotonic() - began, error)
            raise
        yield Done(step.address, step.verb, time.monotonic() - began)

    def _do(self, step: Step) -> None:
        kind = self._kinds[step.address.section]
        first = step.published and not self._journal.state.uncommitted
        if first:
            self._journal.append(CommitDue(True))
        acts: Mapping[Verb, Callable[[Step, Kind[Api]], None]] = {
            Verb.CREATE: self._create,
            Verb.UPDATE: self._update,
            Verb.TEST: self._test,
            Verb.ADOPT: self._adopt,
            Verb.RELEASE: self._release,
            Verb.DELETE: self._delete,
            Verb.FORGET: self._forget,
            Verb.COMMIT: self._commit,
            Verb.REVOKE: self._revoke,
        }
        undo = (CommitDue(False),) if first and step.verb is Verb.CREATE else ()  # nothing to publish
        with self._undoing(*undo):
            acts[step.verb](step, kind)

    # The acts, one for each verb

    def _create(self, step: Step, kind: Kind[Api]) -> None:
        desired = wanted_of(step)
        attributes = self._sent(desired, kind)
        before = self._recorded(step.address)
        marker = Marker(short_lineage(self._plan.lineage), step.address.key, self._nonce())
        name = str(desired.attributes.get("name", step.address.label))
        self._journal.append(Intended(step.address, Intent(marker.nonce, name)))
        with self._undoing(Resolved(step.address)), self._delivering(desired, kind):
            made = kind.create(self._api, attributes, marker)
        self._ids[step.address] = made.id
        deposed = self._stale(step.address) if kind.yields_secret else ()
        self._note(step, kind, done=not kind.two_steps, deposed=deposed, made=True, refused=made.refused)
        if made.secret is not None:
            self._secrets[step.address] = made.secret
            self._fresh[step.address] = _Fresh(made.id, before)

    def _update(self, step: Step, kind: Kind[Api]) -> None:
        desired = wanted_of(step)
        attributes = self._sent(desired, kind)
        with self._delivering(desired, kind):
            refused = kind.update(self._api, self._ids[step.address], attributes) or {}
        before = self._recorded(step.address)
        deposed = before.deposed if before else ()
        self._note(
            step, kind, done=True, deposed=deposed, made=before.made if before else True, refused=refused
        )

    def _test(self, step: Step, kind: Kind[Api]) -> None:
        kind.test(self._api, self._sent(wanted_of(step), kind))

    def _adopt(self, step: Step, kind: Kind[Api]) -> None:
        follows = any(one.address == step.address and one.verb is Verb.UPDATE for one in self._plan.steps)
        self._note(step, kind, done=not follows, deposed=(), made=step.made)

    def _release(self, step: Step, kind: Kind[Api]) -> None:
        desired = wanted_of(step)
        attributes = self._sent(desired, kind)
        with self._delivering(desired, kind):
            left = kind.release(self._api, self._ids[step.address], attributes)
        self._released[step.address] = storable(left, kind)

    def _delete(self, step: Step, kind: Kind[Api]) -> None:
        recorded = self._recorded(step.address)
        for id in (recorded.id,) if recorded else step.ids:
            kind.delete(self._api, id)
        self._fresh.pop(step.address, None)
        self._journal.append(Dropped(step.address))

    def _forget(self, step: Step, kind: Kind[Api]) -> None:
        self._journal.append(Dropped(step.address))

    def _revoke(self, step: Step, kind: Kind[Api]) -> None:
        for id in step.ids:
            kind.delete(self._api, id)
        recorded = self._recorded(step.address)
        if recorded is not None:
            left = tuple(id for id in recorded.deposed if id not in step.ids)
            self._journal.append(Noted(step.address, replace(recorded, deposed=left)))
        elif step.address in self._journal.state.pending:
            self._journal.append(Resolved(step.address))

    def _commit(self, step: Step, kind: Kind[Api]) -> None:
        made = kind.create(self._api, {}, Marker(self._plan.lineage, "", self._nonce()))
        self._journal.append(Noted(step.address, Recorded(made.id, {})))
        for address, attributes in self._released.items():
            recorded = self._recorded(address)
            if recorded is not None:
                self._journal.append(Noted(address, replace(recorded, attributes=attributes)))
        self._journal.append(CommitDue(False))

    def _settle(self) -> None:
        """What is pending now came to nothing; and a revision of nothing is nothing to remember."""
        for address in list(self._journal.state.pending):
            self._journal.append(Resolved(address))
        if set(self._journal.state.resources) == {REVISION}:
            self._journal.append(Dropped(REVISION))

    # What the acts have in common

    def _recorded(self, address: Address) -> Recorded | None:
        return self._journal.state.resources.get(address)

    def _stale(self, address: Address) -> tuple[str, ...]:
        """The ids that this plan will revoke for an address."""
        steps = (one for one in self._plan.steps if one.address == address and one.verb is Verb.REVOKE)
        return tuple(id for one in steps for id in one.ids)

    def _sent(self, desired: Desired, kind: Kind[Api]) -> Attributes:
        """The attributes as they go out: references as ids, the secrets themselves, the ids it needs."""
        sent: Attributes = resolve(desired.attributes, self._ids)
        for path in kind.write_only:
            source = value_at(desired.attributes, path)
            if isinstance(source, Reference):
                sent = with_value(sent, path, self._secrets[source.address])
        needed = {name: self._ids.get(Address(section)) for name, section in kind.needs.items()}
        return {**sent, **needed}

    @contextmanager
    def _delivering(self, desired: Desired, kind: Kind[Api]) -> Iterator[None]:
        """While the secrets of a request are on their way somebody may hold them, unless it is refused."""
        sources = [value_at(desired.attributes, path) for path in kind.write_only]
        addresses = [one.address for one in sources if isinstance(one, Reference)]
        on_their_way = {one: self._fresh.pop(one) for one in addresses if one in self._fresh}
        try:
            yield
        except PingconfError as error:
            if _was_refused(error):
                self._fresh |= on_their_way
            raise

    @contextmanager
    def _undoing(self, *entries: Entry) -> Iterator[None]:
        """Write these down if what is done meanwhile is refused; an unknown outcome takes nothing back."""
        try:
            yield
        except PingconfError as error:
            if _was_refused(error):
                for entry in entries:
                    self._journal.append(entry)
            raise

    def _note(
        self,
        step: Step,
        kind: Kind[Api],
        *,
        done: bool,
        deposed: tuple[str, ...],
        made: bool,
        refused: Attributes = MappingProxyType({}),
    ) -> None:
        """Write down what is there now; without attributes where an update is still to follow."""
        desired = wanted_of(step)
        bindings = {
            path: self._ids[source.address]
            for path in kind.write_only
            if isinstance(source := value_at(desired.attributes, path), Reference)
        }
        recorded = Recorded(
            id=self._ids[step.address],
            attributes={**storable(resolve(desired.attributes, self._ids), kind), **refused} if done else {},
            bindings=bindings if step.verb is not Verb.ADOPT else {},
            depends_on=desired.depends_on,
            deposed=deposed,
            made=made,
        )
        self._journal.append(Noted(step.address, recorded))

    def _revoke_undelivered(self, error: PingconfError | None) -> None:
        """A secret that nobody holds is of no use and must not live on."""
        for address, fresh in list(self._fresh.items()):
            kind = self._kinds[address.section]
            try:
                kind.delete(self._api, fresh.id)
            except PingconfError:
                if error is not None:
                    error.add(f"The new secret of {address} could not be revoked; the next apply does it.")
                continue
            del self._fresh[address]
            self.undone.add(address)
            entry = Noted(address, fresh.before) if fresh.before else Dropped(address)
            self._journal.append(entry)
            if error is not None:
                error.add(f"The new secret of {address} was revoked; nothing holds it.")


def _was_refused(error: PingconfError) -> bool:
    """Whether nothing was done, for certain."""
    return not isinstance(error, UnknownOutcomeError)
