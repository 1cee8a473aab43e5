"""The only place that acts: does the steps of a plan in order, and tells what becomes of each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Generic, TypeVar

from pingconf.engine.acts import Acts
from pingconf.engine.course import Course
from pingconf.engine.flight import Flight
from pingconf.engine.graph import REVISION
from pingconf.engine.outputs import GERUNDS
from pingconf.engine.ports import Ports
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
        """Do every step, each after what it needs. The first that fails ends it: a new secret that nobody
        holds yet is revoked, the rest is told as skipped, and the error is raised.

        Where nothing can be written down any more, or somebody wants it to end at once, nothing is revoked
        either; the next apply does it.
        """
        for entry in self._plan.learnt:
            self._journal.append(entry)
        acts = Acts(self._plan, self._kinds, self._ports)
        course = Course(self._plan.steps, self._goes_alone)
        go = self._one_by_one if self._ports.workers.at_once == 1 else self._together
        try:
            yield from go(course, acts)
            self._settle()
        except PingconfError as error:
            if not isinstance(error, StateError):
                self._revoke_undelivered(acts, error)
            for left in course.left:
                yield Skipped(left.address, left.verb)
            raise

    def _goes_alone(self, step: Step) -> bool:
        """Whether nothing may happen beside it: a secret is on its way, or everything is published."""
        kind = self._kinds[step.address.section]
        return bool(kind.write_only or kind.yields_secret or kind.commits or kind.user_only)

    def _one_by_one(self, course: Course, acts: Acts[Api]) -> Iterator[Event]:
        while course.left:
            self._ports.stop_if_asked()
            step = course.begin()
            if step is None:
                raise RuntimeError(f"{course.left[0].key} waits for something that never comes")
            yield Begun(step.address, step.verb)
            ended = self._do(step, acts)
            yield ended
            if isinstance(ended, Failed):
                raise ended.error
            course.end(step)

    def _together(self, course: Course, acts: Acts[Api]) -> Iterator[Event]:
        """So many steps at a time, each in a thread of its own; told in the order of the plan.

        After a failure nothing more is begun, and what is in flight ends and is written down.
        """
        flight = Flight(self._plan.steps, lambda step: self._do(step, acts))
        failures: dict[str, PingconfError] = {}
        while course.left or flight.size:
            self._fill(flight, course, ended=bool(failures))
            yield from flight.told()
            if not flight.size:
                break
            step, ended = flight.wait()
            if isinstance(ended, BaseException):
                raise ended
            if isinstance(ended, Failed):
                failures[step.key] = ended.error
            else:
                course.end(step)
        yield from flight.told_at_last()
        for step in self._plan.steps:
            if step.key in failures:
                raise failures[step.key]
        if course.left:
            self._ports.stop_if_asked()
            raise RuntimeError(f"{course.left[0].key} waits for something that never comes")

    def _fill(self, flight: Flight, course: Course, *, ended: bool) -> None:
        """Begin as much as may be in flight, unless nothing more shall be."""
        while not ended and flight.size < self._ports.workers.at_once and not self._ports.stopped():
            step = course.begin()
            if step is None:
                return
            flight.begin(step)

    def _do(self, step: Step, acts: Acts[Api]) -> Done | Failed:
        began = time.monotonic()
        try:
            acts.do(step)
        except PingconfError as error:
            error.add(f"While {GERUNDS[step.verb]} {step.address}.")
            return Failed(step.address, step.verb, time.monotonic() - began, error)
        return Done(step.address, step.verb, time.monotonic() - began)

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
