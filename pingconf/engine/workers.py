"""Several things at a time, with results in their order: what waits for a service need not wait in a row."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Workers:
    """So many threads at most work on what is handed to one call of `map`."""

    at_once: int = 1

    def map(self, do: Callable[[T], R], things: Iterable[T]) -> list[R]:
        """What `do` returns for each thing, in their order.

        After one error nothing more is begun. When all that was begun has ended, the error of the first thing
        in order is raised. An interruption of the caller leaves the rest behind, to end with the process.
        """
        waiting = list(things)
        if self.at_once <= 1 or len(waiting) <= 1:
            return [do(one) for one in waiting]
        crew = _Crew(do, waiting)
        threads = [
            threading.Thread(target=crew.work, daemon=True, name="pingconf: map")
            for _ in range(min(self.at_once, len(waiting)))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if crew.errors:
            raise crew.errors[min(crew.errors)]
        return [crew.results[index] for index in range(len(waiting))]


class _Crew(Generic[T, R]):
    """The threads of one call, which take one thing after the other."""

    def __init__(self, do: Callable[[T], R], things: list[T]) -> None:
        self._do = do
        self._things = things
        self._left = iter(range(len(things)))
        self._one_at_a_time = threading.Lock()
        self.results: dict[int, R] = {}
        self.errors: dict[int, BaseException] = {}

    def work(self) -> None:
        """Do what is left, until nothing is or something went wrong."""
        while True:
            with self._one_at_a_time:
                index = None if self.errors else next(self._left, None)
            if index is None:
                return
            try:
                self.results[index] = self._do(self._things[index])
            except BaseException as error:  # whatever it is, it is raised in the thread that asked
                self.errors[index] = error


class Errand(Generic[R]):
    """One thing that a thread of its own does while whoever asked for it goes on.

    One whose result nobody asks for ends with the process.
    """

    def __init__(self, do: Callable[[], R]) -> None:
        self._crew = _Crew(lambda _: do(), [None])
        self._thread = threading.Thread(target=self._crew.work, daemon=True, name="pingconf: errand")
        self._thread.start()

    def result(self) -> R:
        """What came of it, waited for if need be; raises what it raised."""
        self._thread.join()
        if self._crew.errors:
            raise self._crew.errors[0]
        return self._crew.results[0]


ALONE: Final = Workers()
"""One after the other, in the thread that asks."""
