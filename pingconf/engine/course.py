"""Which step may be begun next: each after what it needs, and the delicate ones with nothing beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pingconf.model.plan import Step


class Course:
    """The steps of a plan on their way. One that goes alone passes none, and is passed by none."""

    def __init__(self, steps: Sequence[Step], alone: Callable[[Step], bool]) -> None:
        self.left = list(steps)
        """What was not begun, in the order of the plan."""
        self._alone = alone
        self._planned = {step.key for step in steps}
        self._flying: dict[str, Step] = {}
        self._done: set[str] = set()

    def begin(self) -> Step | None:
        """The next step, which counts as begun now; None where one that is in flight must end first."""
        if any(map(self._alone, self._flying.values())):
            return None
        for place, step in enumerate(self.left):
            if self._alone(step):
                return None if place or self._flying else self._take(place)
            if all(need in self._done or need not in self._planned for need in step.needs):
                return self._take(place)
        return None

    def end(self, step: Step) -> None:
        """What was waiting for this one waits no longer."""
        del self._flying[step.key]
        self._done.add(step.key)

    def _take(self, place: int) -> Step:
        step = self.left.pop(place)
        self._flying[step.key] = step
        return step
