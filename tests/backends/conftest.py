"""A state in a folder of its own, and one in every other place where it may be kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from pingconf.backends.local import LocalBackend
from tests import canary
from tests.backends import stores
from tests.backends.places import Place, http_place, local_place, memory_place, object_place
from tests.backends.state_server import StateServer, basic, serving

HTTP_PASSWORD = canary.canaries.add("canary-state-server-pässword&7/x=")
HTTP_TOKEN = canary.canaries.add("canary-state-server-token.5Rt_2~")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".pingconf" / "state.json"


@pytest.fixture
def backend(path: Path) -> LocalBackend:
    return LocalBackend(path)


@pytest.fixture(scope="session")
def s3() -> Iterator[stores.Environ]:
    with stores.moto() as environ:
        yield environ


@pytest.fixture(scope="session")
def azure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stores.Environ]:
    with stores.azurite(tmp_path_factory.mktemp("azurite")) as environ:
        yield environ


@pytest.fixture
def server() -> Iterator[StateServer]:
    """A plain server that asks for a token."""
    with serving(StateServer(credentials=f"Bearer {HTTP_TOKEN}")) as running:
        yield running


@pytest.fixture
def gitlab() -> Iterator[StateServer]:
    """A server like GitLab."""
    with serving(StateServer(gitlab=True, credentials=basic("jane", HTTP_PASSWORD))) as running:
        yield running


def environ_of(server: StateServer) -> dict[str, str]:
    """What a user of the server sets."""
    if server.gitlab:
        return {"TF_HTTP_USERNAME": "jane", "TF_HTTP_PASSWORD": HTTP_PASSWORD}
    return {"PINGCONF_HTTP_TOKEN": HTTP_TOKEN}


def use(environ: stores.Environ, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put variables where obstore looks for them."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(params=("local", "http", "gitlab", "s3", "az", "memory"))
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Every kind of place, each new and empty."""
    name = f"{uuid4()}/state.json"
    if request.param == "local":
        return local_place(tmp_path / "kept")
    if request.param == "memory":
        return memory_place(name)
    if request.param in ("http", "gitlab"):
        running = request.getfixturevalue("server" if request.param == "http" else "gitlab")
        return http_place(running, "production", environ_of(running))
    environ = request.getfixturevalue({"s3": "s3", "az": "azure"}[request.param])
    use(environ, monkeypatch)
    return object_place(request.param, name, environ)
