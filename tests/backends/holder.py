"""Another run that holds the lock of a state, in a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pingconf.backends.local import LocalBackend

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from pingconf.backends.local import LocalBackend
with LocalBackend(Path(sys.argv[1])).lock("pingconf apply"):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@contextmanager
def held_elsewhere(path: Path, seconds: float = 60) -> Iterator[subprocess.Popen[str]]:
    """Held while the block lasts, but no longer than some seconds."""
    command = [sys.executable, "-c", HOLDER, str(path), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout and child.stdout.readline() == "held\n"
        try:
            yield child
        finally:
            child.kill()


def left_by_a_dead_run(path: Path) -> str:
    """A run has died while it held the lock; its id."""
    with held_elsewhere(path) as child:
        child.send_signal(signal.SIGKILL)
        child.wait()
    return holder_id(path)


def holder_id(path: Path) -> str:
    """The id of whoever holds the lock, or held it when it died."""
    return str(json.loads(LocalBackend(path).lock_info_path.read_bytes())["id"])
