"""Opens the place where the state of a configuration is kept."""

from __future__ import annotations

from pingconf.backends import Backend
from pingconf.backends.local import LocalBackend
from pingconf.config.loader import Configuration


def open_backend(configuration: Configuration) -> Backend:
    """The backend that the configuration names; touches nothing yet."""
    return LocalBackend(configuration.state)
