"""What each verb does: the one place from which a service is changed, with what is written down about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from pingconf.engine.comparison import resolve
from pingconf.engine.dues import Dues
from pingconf.engine.orphans import find_orphans, short_lineage
from pingconf.engine.outputs import storable, wanted_of
from pingconf.engine.picture import refuse_if_changed
from pingconf.engine.ports import Ports
from pingconf.engine.vault import Fresh, Vault, was_refused
from pingconf.model.address import Address
from pingconf.model.errors import PingconfError, ServiceError, StalePlanError, UnknownOutcomeError
from pingconf.model.kind import Kind, Kinds
from pingconf.model.plan import Plan, Step, Verb
from pingconf.model.resource import Desired, Marker, Recorded
from pingconf.model.state import Dropped, Entry, Intended, Intent, Noted, Resolved
from pingconf.model.values import Attributes, Reference, Secret, value_at, with_value

Api = TypeVar("Api")
LONGEST_AWAIT: Final = 900.0
"""Seconds that an apply waits for people to be deprovisioned before it stops and says so."""
LOOK_EVERY: Final = 5.0
"""Seconds between two looks."""
COMPARED: Final = frozenset({Verb.UPDATE, Verb.RELEASE, Verb.DELETE, Verb.DEPROVISION})
"""Verbs that write over, or remove, what the plan saw."""
WRITES: Final = frozenset({Verb.CREATE, Verb.UPDATE, Verb.RELEASE})
"""Verbs after which an object is as this run left it."""


class Acts(Generic[Api]):
    """Does one step at a time, and writes down before and after it what must be known if it is the last."""

    def __init__(self, plan: Plan, kinds: Kinds[Api], ports: Ports[Api]) -> None:
        self._plan = plan
        self._kinds = kinds
        self._api = ports.api
        self._journal = ports.journal
        self._ports = ports
        self._ids = {address: one.id for address, one in ports.journal.state.resources.items()}
        self._ids |= {address: one.id for address, one in plan.observed.items()}
        self._written: dict[Address, Desired] = {}
        self._released: dict[Address, Attributes] = {}
        self._dues = Dues(ports.journal)
        self.vault = Vault()

    def do(self, step: Step) -> None:
        """One step, and all that is written down before and after it."""
        kind = self._kinds[step.address.section]
        compared = step.verb in COMPARED and step.address not in self._written
        with self._ports.glancing() if compared else nullcontext():
            if compared:
                refuse_if_changed(step, self._plan.observed.get(step.address), kind, self._api)
            with self._dues.of(step):
                self._act(step.verb)(step, kind)
        if step.verb in WRITES:
            self._written[step.address] = wanted_of(step)

    def _act(self, verb: Verb) -> Callable[[Step, Kind[Api]], None]:
        acts: Mapping[Verb, Callable[[Step, Kind[Api]], None]] = {
            Verb.CREATE: self._create,
            Verb.UPDATE: self._update,
            Verb.TEST: self._test,
            Verb.RECORD: self._record,
            Verb.ADOPT: self._adopt,
            Verb.RELEASE: self._release,
            Verb.DEPROVISION: self._deprovision,
            Verb.AWAIT: self._await,
            Verb.DELETE: self._delete,
            Verb.FORGET: self._forget,
            Verb.COMMIT: self._commit,
            Verb.VERIFY: self._test,
            Verb.REVOKE: self._revoke,
        }
        return acts[verb]

    # One act for each verb

    def _create(self, step: Step, kind: Kind[Api]) -> None:
        desired = wanted_of(step)
        attributes = self._sent(desired, kind)
        before = self._recorded(step.address)
        marker = Marker(short_lineage(self._plan.lineage), step.address.key, self._ports.nonce())
        name = str(desired.attributes.get(kind.named_by, step.address.label))
        self._journal.append(Intended(step.address, Intent(marker.nonce, name)))
        with self._undoing(Resolved(step.address)), self._delivering(desired, kind):
            made = kind.create(self._api, attributes, marker)
        self._ids[step.address] = made.id
        deposed = self._stale(step.address) if kind.yields_secret else ()
        done = not kind.in_two_steps(desired.attributes)
        self._note(step, kind, done=done, deposed=deposed, made=True, refused=made.refused)
        if made.secret is not None:
            self.vault.keep(step.address, made.secret, Fresh(made.id, before))

    def _update(self, step: Step, kind: Kind[Api]) -> None:
        desired = wanted_of(step)
        attributes = self._sent(desired, kind)
        with self._delivering(desired, kind):
            refused = kind.update(self._api, self._ids[step.address], attributes) or {}
        self._note_anew(step, kind, refused)

    def _record(self, step: Step, kind: Kind[Api]) -> None:
        before, seen = self._recorded(step.address), self._plan.observed[step.address].attributes
        known = before.attributes if before else {}
        refused = {path for path in kind.refusable if path in known and known[path] == seen.get(path)}
        self._note_anew(step, kind, {path: known[path] for path in refused})

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

    def _deprovision(self, step: Step, kind: Kind[Api]) -> None:
        with self._leaving(step.address):
            kind.deprovision(self._api, self._ids[step.address])
        self._journal.append(Dropped(step.address))

    def _await(self, step: Step, kind: Kind[Api]) -> None:
        waited = 0.0
        while not kind.is_settled(self._api, self._ids[step.address]):
            if waited >= LONGEST_AWAIT:
                raise ServiceError(
                    f"{step.address} still takes people's access away after {waited / 60:.0f} minutes",
                    "Run the command again to go on waiting; without --deprovision it goes on at once.",
                )
            self._ports.pause(LOOK_EVERY)
            waited += LOOK_EVERY

    def _delete(self, step: Step, kind: Kind[Api]) -> None:
        recorded = self._recorded(step.address)
        ids = (recorded.id,) if recorded else step.ids
        with self._leaving(step.address):
            for id in (*ids, *self._doubles(step.address, kind)):
                kind.delete(self._api, id)
        self.vault.fresh.pop(step.address, None)
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
        latest = next((one.id for one in kind.list(self._api)), "")
        marker = Marker(short_lineage(self._plan.lineage), "", self._ports.nonce())
        self._journal.append(Intended(step.address, Intent(marker.nonce, latest)))
        with self._undoing(Resolved(step.address)):
            made = kind.create(self._api, {}, marker)
        if made.id == latest:
            raise UnknownOutcomeError(
                f"The {kind.noun} was accepted, but the latest one is still {latest}",
                "The next run looks before it acts.",
            )
        for address, attributes in self._released.items():
            recorded = self._recorded(address)
            if recorded is not None:
                self._journal.append(Noted(address, replace(recorded, attributes=attributes)))
        for address, desired in self._written.items():
            recorded = self._recorded(address)
            if recorded is not None and recorded.depends_on != desired.depends_on:
                self._journal.append(Noted(address, replace(recorded, depends_on=desired.depends_on)))
        self._dues.paid()  # first: as long as the intent stands, a look can settle it
        self._journal.append(Noted(step.address, Recorded(made.id, {})))

    # What they have in common

    def _doubles(self, address: Address, kind: Kind[Api]) -> tuple[str, ...]:
        """What else bears the mark of this address: made by a request that was delivered twice. It is the
        last chance, as nobody looks any more once an address is gone from file and state."""
        if not kind.yields_secret:
            return ()
        orphans = find_orphans(address.section, kind.list(self._api), self._journal.state, self._plan.lineage)
        return orphans.get(address, ())

    def _recorded(self, address: Address) -> Recorded | None:
        return self._journal.state.resources.get(address)

    def _stale(self, address: Address) -> tuple[str, ...]:
        """The ids that this plan will revoke for an address."""
        steps = (one for one in self._plan.steps if one.address == address and one.verb is Verb.REVOKE)
        return tuple(id for one in steps for id in one.ids)

    def _sent(self, desired: Desired, kind: Kind[Api]) -> Attributes:
        """The attributes as they go out: references as ids, the secrets themselves, the ids it needs."""
        sent: Attributes = resolve(desired.attributes, self._ids)
        for path, source in _sources(desired, kind).items():
            sent = with_value(sent, path, self._secret(desired.address, path, source, kind))
        needed = {name: self._ids.get(Address(section)) for name, section in kind.needs.items()}
        return {**sent, **needed}

    def _secret(self, address: Address, path: str, source: Address, kind: Kind[Api]) -> Secret:
        """The secret that this run made, else the one that the object holds already and shows."""
        secret = self.vault.secret_of(source) or kind.held(
            self._api, self._ids[address], path, self._ids[source]
        )
        if secret is None:
            raise StalePlanError(
                f"{address} does not show its secret any more, or holds another one",
                f"It was to be sent once more, so as not to make {source} anew.",
                "Run the command again, to plan on what is there now.",
            )
        self.vault.learn(source, secret)
        return secret

    def _delivering(self, desired: Desired, kind: Kind[Api]) -> AbstractContextManager[None]:
        return self.vault.delivering(_sources(desired, kind).values())

    @contextmanager
    def _undoing(self, *entries: Entry) -> Iterator[None]:
        """Write these down if what is done meanwhile is refused; an unknown outcome takes nothing back."""
        try:
            yield
        except PingconfError as error:
            if was_refused(error):
                for entry in entries:
                    self._journal.append(entry)
            raise

    @contextmanager
    def _leaving(self, address: Address) -> Iterator[None]:
        """While something is removed, it is written down that this is our own doing."""
        recorded = self._recorded(address)
        if recorded is None:
            yield
            return
        self._journal.append(Noted(address, replace(recorded, leaving=True)))
        with self._undoing(Noted(address, recorded)):
            yield

    def _note_anew(self, step: Step, kind: Kind[Api], refused: Attributes) -> None:
        """Write down what has changed; whose it is, and what is still to be revoked, stays as it was."""
        before = self._recorded(step.address)
        deposed, made = (before.deposed, before.made) if before else ((), True)
        self._note(step, kind, done=True, deposed=deposed, made=made, refused=refused)

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
        """Write down what is there now; without attributes where an update is still to follow.

        What it needed before counts on until a revision: it is still published with that.
        """
        desired, before = wanted_of(step), self._recorded(step.address)
        bindings = before.bindings if before else {}
        if step.verb in (Verb.CREATE, Verb.UPDATE):
            bindings = {path: self._ids[source] for path, source in _sources(desired, kind).items()}
        protected = before.protected if before else False
        formerly = before.depends_on if before and step.published else ()
        recorded = Recorded(
            id=self._ids[step.address],
            attributes={**storable(resolve(desired.attributes, self._ids), kind), **refused} if done else {},
            bindings=bindings,
            depends_on=tuple(dict.fromkeys((*desired.depends_on, *formerly))),
            deposed=deposed,
            made=made,
            protected=protected if desired.protected is None else desired.protected,
        )
        self._journal.append(Noted(step.address, recorded))


def _sources(desired: Desired, kind: Kind[Api]) -> dict[str, Address]:
    """Where each secret that is written comes from, by the path at which it is written."""
    values = {path: value_at(desired.attributes, path) for path in kind.write_only}
    return {path: value.address for path, value in values.items() if isinstance(value, Reference)}
