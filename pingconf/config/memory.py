"""Python's search for circles of garbage, put off while many objects are made that stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_searches() -> Iterator[None]:
    """No search while the block lasts; what it made counts as old then, and is not searched right behind it.

    Over 10,000 groups the searches take several times as long as the reading.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            if not gc.get_freeze_count():  # what others have put aside stays there
                gc.freeze()
                gc.unfreeze()  # both together: the young ones are old, and nobody looked at them
            gc.enable()
