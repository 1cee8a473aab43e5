"""Places where a state may be kept: each opens backends as separate runs would, and can be spoiled."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pingconf.backends import Backend
from pingconf.backends.object_backend import ObjectBackend
from pingconf.backends.object_store import Objects
from pingconf.model.settings import RemoteState
from pingconf.operations.store import open_backend
from tests.backends.state_server import GITLAB, StateServer
from tests.backends.stores import BUCKET, Environ


@dataclass(frozen=True)
class Place:
    """One place; `open` gives a client of its own each time, `put` overwrites what is kept by hand."""

    name: str
    where: str
    open: Callable[[], Backend]
    put: Callable[[bytes], None]
    get: Callable[[], bytes | None]
    kernel: bool = False
    """Whether a kernel knows which runs live."""
    grows: bool = False
    """Whether every entry is a version of the state."""


def local_place(folder: Path) -> Place:
    """A file."""
    path = folder / "state.json"

    def put(data: bytes) -> None:
        path.write_bytes(data)

    def get() -> bytes | None:
        return path.read_bytes() if path.exists() else None

    return Place("local", str(path), lambda: open_backend(path, {}), put, get, kernel=True)


def http_place(server: StateServer, name: str, environ: Environ) -> Place:
    """A document on a server."""
    path = f"{GITLAB}{name}" if server.gitlab else f"/states/{name}"
    host = server.url.partition("://")[2]
    place = RemoteState("http", host, path.removeprefix("/"))

    def put(data: bytes) -> None:
        server.kept[path].data = data

    def get() -> bytes | None:
        return server.kept[path].data if path in server.kept else None

    kind = "gitlab" if server.gitlab else "http"
    return Place(kind, str(place), lambda: open_backend(place, environ), put, get, grows=True)


def object_place(scheme: str, key: str, environ: Environ) -> Place:
    """An object in a store that this process' environment names."""
    place = RemoteState(scheme, BUCKET, key)

    def backend() -> ObjectBackend:
        opened = open_backend(place, {**os.environ, **environ})
        assert isinstance(opened, ObjectBackend)
        return opened

    return _of_objects(scheme, place, backend)


def memory_place(key: str) -> Place:
    """An object in obstore's own store in memory, which all clients share."""
    from obstore.store import MemoryStore

    objects = Objects(MemoryStore(), RemoteState("s3", "memory", key))
    return _of_objects("memory", objects.place, lambda: ObjectBackend(objects))


def _of_objects(name: str, place: RemoteState, backend: Callable[[], ObjectBackend]) -> Place:
    import obstore

    def put(data: bytes) -> None:
        obstore.put(backend().objects.store, place.path, data)

    def get() -> bytes | None:
        found = backend().objects.get(place.path)
        return found.data if found else None

    return Place(name, str(place), backend, put, get)
