"""Starts the embedded services of a folder afresh."""

from __future__ import annotations

from pingconf.backends import disk
from pingconf.operations.embedded import FILE
from pingconf.operations.session import Invocation, read_configuration
from pingconf.operations.store import open_backend


def reset_sandbox(invocation: Invocation, lock_timeout: float = 0) -> bool:
    """Forget the embedded services, and the state if it is about them, wherever it is; whether there were
    any.

    A state about real services is left alone.
    """
    world = invocation.folder / FILE
    backend = open_backend(read_configuration(invocation).state, invocation.environ)
    there = world.exists()
    with backend.lock("pingconf sandbox reset", lock_timeout):
        state = backend.read()
        if state is not None and state.target.startswith("sandbox/"):
            backend.forget()
        disk.remove_file(world)
    return there
