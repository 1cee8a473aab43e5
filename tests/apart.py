"""A session of pytest in a process and a folder of its own, with what holds for every test here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def session_apart(test: str) -> subprocess.CompletedProcess[str]:
    """Run one file of tests beside copies of `conftest.py` and what it needs.

    All of it is outside of what this session's own canary scan looks through.
    """
    with tempfile.TemporaryDirectory() as folder:
        return _run(Path(folder), test)


def _run(folder: Path, test: str) -> subprocess.CompletedProcess[str]:
    tests = folder / "tests"
    tests.mkdir()
    for name in ("conftest.py", "canary.py"):
        shutil.copy(HERE / name, tests / name)
    shutil.copytree(HERE / "wire", tests / "wire", ignore=shutil.ignore_patterns("test_*", "__pycache__"))
    (tests / "test_it.py").write_text(test)
    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "--import-mode=importlib",
        f"--rootdir={folder}",
        "-c",
        os.devnull,
    ]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, f"--basetemp={folder / 'temp'}", "tests"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
