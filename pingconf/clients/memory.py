"""What a service showed, for as long as it need not be asked again; many threads may ask at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Memory(Generic[T]):
    """Answers by what was asked. Whoever asks for what is being asked already waits for that answer."""

    def __init__(self, *, for_good: bool = False) -> None:
        """`for_good` remembers always, not only within a block of `remembering`."""
        self._answers: dict[Hashable, T] = {}
        self._asking: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()
        self._remembers = int(for_good)

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """While nothing is changed, one look is enough; blocks may lie within each other."""
        self._remembers += 1
        try:
            yield
        finally:
            self._remembers -= 1
            if not self._remembers:
                self.forget()

    def forget(self) -> None:
        """Ask anew from now on."""
        with self._lock:
            self._answers.clear()

    def recall(self, asked: Hashable, look: Callable[[], T]) -> T:
        """The answer given before, or the one of a look; an error is not remembered."""
        if not self._remembers:
            return look()
        with self._lock:
            asking = self._asking.setdefault(asked, threading.Lock())
        with asking:
            if asked not in self._answers:
                self._answers[asked] = look()
            return self._answers[asked]
