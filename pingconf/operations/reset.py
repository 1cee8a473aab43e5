"""Starts the embedded services of a folder afresh."""

from __future__ import annotations

from pingconf.backends import disk
from pingconf.backends.local import LocalBackend
from pingconf.operations.embedded import FILE
from pingconf.operations.session import Invocation, read_configuration


def reset_sandbox(invocation: Invocation) -> bool:
    """Forget the embedded services, and the state if it is about them; whether there were any.

    A state about real services is left alone.
    """
    world = invocation.folder / FILE
    backend = LocalBackend(read_configuration(invocation).state)
    there = world.exists()
    with backend.lock("pingconf sandbox reset"):
        state = backend.read()
        if state is not None and state.target.startswith("sandbox/"):
            backend.forget()
        disk.remove_file(world)
    return there
