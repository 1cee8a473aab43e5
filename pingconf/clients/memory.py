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


class Glance(Generic[T]):
    """What a thread saw just before it writes: looked at for a check, and used once more to write."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """What this thread looks at in the block it is shown once more without a look, until it writes."""
        self._of_thread.kept = {}
        try:
            yield
        finally:
            self._of_thread.kept = None

    def drop(self) -> None:
        """Something is written, so what was seen may not be so any more."""
        if self._kept is not None:
            self._kept.clear()

    def at(self, asked: Hashable, look: Callable[[], T]) -> T:
        """What this thread has just seen, once; else what a look shows now."""
        kept = self._kept
        if kept is None:
            return look()
        if asked in kept:
            return kept.pop(asked)
        kept[asked] = look()
        return kept[asked]

    @property
    def _kept(self) -> dict[Hashable, T] | None:
        return getattr(self._of_thread, "kept", None)
