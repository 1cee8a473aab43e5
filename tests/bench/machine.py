"""This machine: what is installed on it, and how much of it others use meanwhile."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from tests.bench.generator import Json

LIBRARIES: Final = ("typer", "click", "requests", "urllib3", "pyyaml", "pydantic", "tenacity", "deepdiff")
STAT: Final = Path("/proc/stat")


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds of processor time since the machine started: all of it, what was idle, and what was ours."""

    total: float
    idle: float
    ours: float


def look() -> Moment | None:
    """The processors now; None where the system does not tell (no /proc)."""
    if not STAT.exists():
        return None
    tick = os.sysconf("SC_CLK_TCK")
    first = STAT.read_text("ascii").splitlines()[0].split()[1:]
    user, nice, system, idle, waiting, *rest = (int(text) / tick for text in first[:8])
    ours = sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
    return Moment(user + nice + system + idle + waiting + sum(rest), idle + waiting, ours)


def others(before: Moment | None, after: Moment | None) -> str | None:
    """The share of the processors that neither idled nor was ours, between two moments.

    A child counts as ours when it has ended; take the moments when none is running. None where nobody knows.
    """
    if before is None or after is None or after.total <= before.total:
        return None
    busy = (after.total - after.idle) - (before.total - before.idle)
    share = (busy - (after.ours - before.ours)) / (after.total - before.total)
    return f"{max(0.0, share):.0%}"


def terraform() -> str | None:
    """The program, where it is on PATH."""
    return shutil.which("terraform")


def about() -> dict[str, Any]:
    """Date, versions and cores."""
    return {
        "date": datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "python": platform.python_version(),
        "pingconf": version("pingconf"),
        "terraform": _terraform_version() or "not on PATH",
        "libraries": {name: version(name) for name in LIBRARIES},
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "machine": f"{platform.system()} {platform.machine()}",
    }


def _terraform_version() -> str | None:
    found = terraform()
    if found is None:
        return None
    environ = {"PATH": os.environ["PATH"], **QUIET}
    told = subprocess.run([found, "version"], capture_output=True, text=True, env=environ, check=True).stdout
    return told.splitlines()[0].removeprefix("Terraform v")


QUIET: Final[Json] = {"CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull, "TF_IN_AUTOMATION": "1"}
"""Terraform asks nobody for a newer version, and reads no settings of the person who runs it."""
