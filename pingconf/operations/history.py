"""What the run log tells: the runs that changed something, the oldest first."""

from __future__ import annotations

from pingconf.backends import Run
from pingconf.operations.session import Invocation, read_configuration
from pingconf.operations.store import open_backend


def past_runs(invocation: Invocation, limit: int = 0) -> tuple[Run, ...]:
    """The last `limit` runs, all of them for 0, the newest last; raises StateError for a damaged log."""
    runs = open_backend(read_configuration(invocation)).runs()
    return runs[-limit:] if limit else runs
