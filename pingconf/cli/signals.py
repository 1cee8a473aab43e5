"""What SIGINT, SIGTERM and SIGHUP do: end a run at once, but an apply only when it is safe."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

from pingconf.cli.terminal import Terminal
from pingconf.operations.interruption import Interruption

ENDING: Final = tuple(
    number for name in ("SIGINT", "SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None
)


def end_at_once() -> None:
    """Let every one of them end the run as Ctrl-C does, but for those that whoever started it ignores."""
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: object) -> NoReturn:
    raise KeyboardInterrupt


@contextmanager
def heeding(interruption: Interruption, terminal: Terminal) -> Iterator[None]:
    """While the block lasts, the first of them asks for the end, and only a second one ends it at once.

    Elsewhere than in the main thread, which alone gets signals, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def heed(number: int, frame: object) -> None:
        if interruption.asked:
            raise KeyboardInterrupt
        interruption.ask()
        terminal.alert("Interrupted: what is in flight is finished and written down. Again to end at once.")

    before = {
        number: signal.signal(number, heed)
        for number in ENDING
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
