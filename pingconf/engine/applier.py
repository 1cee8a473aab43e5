"""The only place that acts: does the steps of a plan in order, and tells what becomes of each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Generic, TypeVar

from pingconf.engine.acts import Acts
from pingconf.engine.outputs import GERUNDS
from pingconf.engine.ports import Ports
from pingconf.engine.steps import REVISION
from pingconf.model.address import Address
from pingconf.model.errors import PingconfError, StateError
from pingconf.model.event import Begun, Done, Event, Failed, Skipped
from pingconf.model.kind import Kinds
from pingconf.model.plan import Plan, Step
from pingconf.model.state import Dropped, Noted, Resolved

Api = TypeVar("Api")


class Applier(Generic[Api]):
    """One apply. Secrets live in it only, from the answer to the request that holds them."""

    def __init__(self, plan: Plan, kinds: Kinds[Api], ports: Ports[Api]) -> None:
        self._plan = plan
        self._kinds = kinds
        self._ports = ports
        self._journal = ports.journal
        self.undone: set[Address] = set()
        """What was made and taken back, as the run failed before anything held it."""

    def run(self) -> Iterator[Event]:
        """Do every step in order. The first that fails ends it: a new secret that nobody holds yet is
        revoked, the rest is told as skipped, and the error is raised.

        Where nothing can be written down any more, or somebody wants it to end at once, nothing is revoked
        either; the next apply does it.
        """
        for entry in self._plan.learnt:
            self._journal.append(entry)
        acts = Acts(self._plan, self._kinds, self._ports)
        steps = list(self._plan.steps)
        try:
            while steps:
                self._ports.stop_if_asked()
                yield from self._one(steps.pop(0), acts)
            self._settle()
        except PingconfError as error:
            if not isinstance(error, StateError):
                self._revoke_undelivered(acts, error)
            for left in steps:
                yield Skipped(left.address, left.verb)
            raise

    def _one(self, step: Step, acts: Acts[Api]) -> Iterator[Event]:
        yield Begun(step.address, step.verb)
        began = time.monotonic()
        try:
            acts.do(step)
        except PingconfError as error:
            error.add(f"While {GERUNDS[step.verb]} {step.address}.")
            yield Failed(step.address, step.verb, time.monotonic() - began, error)
            raise
        yield Done(step.address, step.verb, time.monotonic() - began)

    def _settle(self) -> None:
        """What is pending now came to nothing; and a revision of nothing is nothing to remember.

        What nobody looked at, or asked for, stays pending.
        """
        open_still = {*self._plan.left_out, *self._plan.unverified}
        for address in [one for one in self._journal.state.pending if one not in open_still]:
            self._journal.append(Resolved(address))
        if set(self._journal.state.resources) == {REVISION}:
            self._journal.append(Dropped(REVISION))

    def _revoke_undelivered(self, acts: Acts[Api], error: PingconfError) -> None:
        """A secret that nobody holds is of no use and must not live on."""
        for address, fresh in list(acts.vault.fresh.items()):
            try:
                self._kinds[address.section].delete(self._ports.api, fresh.id)
            except PingconfError:
                error.add(f"The new secret of {address} could not be revoked; the next apply does it.")
                continue
            del acts.vault.fresh[address]
            self.undone.add(address)
            self._journal.append(Noted(address, fresh.before) if fresh.before else Dropped(address))
            error.add(f"The new secret of {address} was revoked; nothing holds it.")
