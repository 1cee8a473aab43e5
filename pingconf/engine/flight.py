"""Steps in flight: each is done in a thread of its own, and they are told of in the order of the plan."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue

from pingconf.model.event import Begun, Done, Event, Failed
from pingconf.model.plan import Step

Ended = Done | Failed


class Flight:
    """The steps of a plan, of which several are done at a time."""

    def __init__(self, steps: Sequence[Step], do: Callable[[Step], Ended]) -> None:
        self._do = do
        self._untold = deque(steps)
        self._landed: SimpleQueue[tuple[Step, Ended | BaseException]] = SimpleQueue()
        self._begun: set[str] = set()
        self._ended: dict[str, Ended] = {}
        self._head_told = False
        self.size = 0
        """How many are in flight."""

    def begin(self, step: Step) -> None:
        """Let a step be done from now on. Where the caller is interrupted it ends with the process."""
        self.size += 1
        self._begun.add(step.key)
        threading.Thread(target=self._fly, args=(step,), daemon=True, name=f"pingconf: {step.key}").start()

    def wait(self) -> tuple[Step, Ended | BaseException]:
        """The next that ends, and how; a BaseException is a bug, and the caller's to raise."""
        step, ended = self._landed.get()
        self.size -= 1
        if not isinstance(ended, BaseException):
            self._ended[step.key] = ended
        return step, ended

    def told(self) -> Iterator[Event]:
        """What can be told now: a step only after all that are before it in the plan."""
        while self._untold and self._untold[0].key in self._begun:
            step = self._untold[0]
            if not self._head_told:
                self._head_told = True
                yield Begun(step.address, step.verb)
            if step.key not in self._ended:
                return
            yield self._ended.pop(step.key)
            self._untold.popleft()
            self._head_told = False

    def told_at_last(self) -> Iterator[Event]:
        """The rest, when nothing more will be begun: what was not begun holds nobody up."""
        while self._untold:
            yield from self.told()
            if self._untold:
                self._untold.popleft()

    def _fly(self, step: Step) -> None:
        try:
            self._landed.put((step, self._do(step)))
        except BaseException as bug:  # raised in the thread that waits
            self._landed.put((step, bug))
