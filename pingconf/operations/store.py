"""Opens the place where the state of a configuration is kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pingconf.backends import Backend
from pingconf.backends.local import LocalBackend
from pingconf.model.settings import RemoteState


def open_backend(place: Path | RemoteState, environ: Mapping[str, str]) -> Backend:
    """The backend of a place; sends nothing yet. Its credentials and its ways come from the environment.

    Raises PingconfError where it needs a library that is not installed, StateError for a variable that does
    not fit.
    """
    if isinstance(place, Path):
        return LocalBackend(place)
    from pingconf.backends.holder import run_url

    if place.scheme in ("http", "https"):
        from pingconf.backends.http import HttpBackend
        from pingconf.backends.state_server import Server
        from pingconf.clients.http import open_session

        return HttpBackend(Server(place, environ, open_session()), run_url(environ))
    from pingconf.backends.object_backend import ObjectBackend
    from pingconf.backends.object_store import open_objects

    return ObjectBackend(open_objects(place, environ), run_url(environ))
