"""The lock keeps other runs out, says who holds it, and never outlives its holder."""

from __future__ import annotations

import json
import os
import signal
import threading
from pathlib import Path

import pytest

from pingconf.backends.local import LocalBackend
from pingconf.model.errors import LockedError
from tests.backends.holder import held_elsewhere, holder_id, left_by_a_dead_run


def test_a_lock_held_by_another_run_names_it(backend: LocalBackend, path: Path) -> None:
    with held_elsewhere(path) as child, pytest.raises(LockedError) as caught, backend.lock("plan"):
        pass
    assert caught.value.exit_code == 6
    assert caught.value.headline == f"State {path} is locked by another run"
    detail = caught.value.details[0]
    assert f"process {child.pid}, since 20" in detail
    assert detail.startswith("Held by ")
    assert detail.endswith(": pingconf apply")
    assert caught.value.details[1] == f"Its id: {holder_id(path)}"


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


def test_a_holder_that_has_not_said_who_it_is_yet(backend: LocalBackend, path: Path) -> None:
    """Between getting the lock and saying so lies a write to the disk; whoever comes then waits for it."""
    with held_elsewhere(path):
        words = backend.lock_info_path.read_bytes()
        backend.lock_info_path.unlink()
        later = threading.Timer(0.1, backend.lock_info_path.write_bytes, [words])
        later.start()
        with pytest.raises(LockedError) as caught, backend.lock("apply"):
            pass
        later.join()
        assert caught.value.details[1] == f"Its id: {holder_id(path)}"


def test_unlock_where_nothing_is_locked(backend: LocalBackend) -> None:
    assert not backend.unlock("any")
    assert not backend.path.parent.exists()
    with backend.lock("apply"):
        pass
    assert not backend.unlock("any")


def test_unlock_takes_away_what_a_dead_run_left(backend: LocalBackend, path: Path) -> None:
    id = left_by_a_dead_run(path)
    assert backend.unlock(id)
    assert not backend.lock_info_path.exists()
    assert not backend.unlock(id)
    with backend.lock("apply"):
        pass


def test_unlock_spares_a_run_that_lives(backend: LocalBackend, path: Path) -> None:
    with held_elsewhere(path) as child:
        id = holder_id(path)
        with pytest.raises(LockedError, match="is locked by another run") as caught:
            backend.unlock(id)
        assert caught.value.exit_code == 6
        assert f"process {child.pid}, since 20" in caught.value.details[0]
        assert holder_id(path) == id
        with pytest.raises(LockedError), backend.lock("apply"):
            pass


@pytest.mark.parametrize("alive", [True, False], ids=["alive", "dead"])
def test_unlock_takes_the_right_id_only(alive: bool, backend: LocalBackend, path: Path) -> None:
    """Whoever read an id a while ago may mean a run that has ended since."""
    with held_elsewhere(path) as child:
        if not alive:
            child.send_signal(signal.SIGKILL)
            child.wait()
        id = holder_id(path)
        with pytest.raises(LockedError) as caught:
            backend.unlock("0badcafe")
        assert caught.value.exit_code == 6
        assert caught.value.headline.endswith(f" has another id: {id}, not 0badcafe")
        assert holder_id(path) == id


def test_unlock_spares_a_run_that_does_not_say_who_it_is(backend: LocalBackend, path: Path) -> None:
    with held_elsewhere(path):
        backend.lock_info_path.write_bytes(b"{")
        with pytest.raises(LockedError, match="is locked by another run"):
            backend.unlock("any")
