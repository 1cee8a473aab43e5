"""The lock keeps other runs out, says who holds it, and never outlives its holder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pingconf.backends.local import LocalBackend
from pingconf.model.errors import LockedError

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
    command = [sys.executable, "-c", HOLDER, str(path), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout and child.stdout.readline() == "held\n"
        try:
            yield child
        finally:
            child.kill()


def test_a_lock_held_by_another_run_names_it(backend: LocalBackend, path: Path) -> None:
    with held_elsewhere(path) as child, pytest.raises(LockedError) as caught, backend.lock("plan"):
        pass
    assert caught.value.exit_code == 6
    assert caught.value.headline == f"State {path} is locked by another run"
    detail = caught.value.details[0]
    assert f"process {child.pid}, since 20" in detail
    assert detail.startswith("Held by ")
    assert detail.endswith(": pingconf apply")


def test_the_lock_of_a_dead_run_is_free(backend: LocalBackend, path: Path) -> None:
    with held_elsewhere(path) as child:
        child.send_signal(signal.SIGKILL)
        child.wait()
        with backend.lock("apply"):
            assert json.loads(backend.lock_info_path.read_bytes())["pid"] == os.getpid()


def test_waiting_for_a_lock(backend: LocalBackend, path: Path) -> None:
    with held_elsewhere(path, 0.2), backend.lock("apply", timeout=20):
        pass
    with held_elsewhere(path), pytest.raises(LockedError), backend.lock("apply", timeout=0.1):
        pass


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"user": 1}', b"[" * 100_000])
def test_odd_words_beside_the_lock_do_no_harm(backend: LocalBackend, path: Path, text: bytes) -> None:
    with held_elsewhere(path):
        backend.lock_info_path.write_bytes(text)
        with pytest.raises(LockedError, match="is locked by another run"), backend.lock("apply"):
            pass


def test_the_lock_is_free_after_any_exit(backend: LocalBackend) -> None:
    for error in (ValueError(), KeyboardInterrupt(), SystemExit()):
        with pytest.raises(type(error)), backend.lock("apply"):
            raise error
        assert not backend.lock_info_path.exists()
    with backend.lock("apply"), pytest.raises(LockedError), LocalBackend(backend.path).lock("apply"):
        pass
