"""Starts one program, waits for it, and says what it took: seconds, processor seconds, peak, status.

This is a program of its own because a child's peak memory counts from that of the process that starts it.
Without `site` and with nothing but `os`, `sys` and `time` it is smaller than anything that is measured.

    python -I -S spawner.py OUT ERR PROGRAM [ARGUMENT...]
"""

from __future__ import annotations

import os
import sys
import time


def main(out: str, err: str, *command: str) -> None:
    """Run the command with its output in two files, and print the four figures."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    streams = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, out, flags, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, err, flags, 0o600),
    ]
    began = time.monotonic()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=streams)
    _, status, usage = os.wait4(child, 0)
    wall = time.monotonic() - began
    figures = (wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, os.waitstatus_to_exitcode(status))
    sys.stdout.write(" ".join(map(repr, figures)) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
