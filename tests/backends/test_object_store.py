"""What an object store refuses, and with which words it is told; what is no store at all."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import pytest
from obstore.store import AzureStore, GCSStore, S3Store

from pingconf.backends.object_store import open_objects
from pingconf.model.errors import CredentialError, PingconfError, StateError
from pingconf.model.settings import RemoteState
from pingconf.operations.store import open_backend
from tests.backends.conftest import use
from tests.backends.stores import AWS_SECRET, AZURE_KEY, Environ


def failure(act: Callable[[], object]) -> PingconfError:
    with pytest.raises(PingconfError) as caught:
        act()
    text = "\n".join((caught.value.headline, *caught.value.details))
    assert AWS_SECRET not in text and AZURE_KEY not in text
    return caught.value


def test_a_bucket_that_is_not_there_is_no_empty_state(s3: Environ, monkeypatch: pytest.MonkeyPatch) -> None:
    use(s3, monkeypatch)
    backend = open_backend(RemoteState("s3", "no-such-bucket", "a"), s3)
    for act in (backend.read, backend.runs, lambda: backend.lock("pingconf apply").__enter__()):
        error = failure(act)
        assert isinstance(error, StateError)
        assert error.headline.endswith("the state s3://no-such-bucket/a: there is no such bucket")


def test_a_container_that_is_not_there_is_no_empty_state(
    azure: Environ, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(azure, monkeypatch)
    backend = open_backend(RemoteState("az", "no-such-container", "a"), azure)
    for act in (backend.read, lambda: backend.lock("pingconf apply").__enter__()):
        assert failure(act).headline.endswith("az://no-such-container/a: there is no such container")


def test_credentials_that_are_refused_are_said(azure: Environ, monkeypatch: pytest.MonkeyPatch) -> None:
    use({**azure, "AZURE_STORAGE_ACCOUNT_KEY": "d3Jvbmcta2V5LXdyb25nLWtleQ=="}, monkeypatch)
    error = failure(open_backend(RemoteState("az", "states", "a"), azure).read)
    assert isinstance(error, CredentialError) and "AZURE_STORAGE_ACCOUNT_KEY" in error.details[0]


@pytest.mark.parametrize(
    "name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AWS_ENDPOINT_URL_S3", "aws_endpoint_url"]
)
def test_an_endpoint_in_the_clear_is_for_loopback_only(name: str) -> None:
    with pytest.raises(StateError, match="must start with https://"):
        open_objects(RemoteState("s3", "bucket", "a"), {name: "http://minio.example:9000"})
    for url in ("https://minio.example", "http://127.0.0.1:9000", "http://localhost:9000"):
        assert open_objects(RemoteState("s3", "bucket", "a"), {name: url})


def test_the_library_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *words: Any, **more: Any) -> Any:
        if name.startswith("obstore"):
            raise ImportError(name)
        return real(name, *words, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    error = failure(lambda: open_backend(RemoteState("gs", "bucket", "a"), {}))
    assert error.details == ("Install it: pip install 'pingconf[remote]'",)


def test_an_environment_that_names_no_account_is_said() -> None:
    error = failure(lambda: open_objects(RemoteState("az", "container", "a"), {}))
    assert isinstance(error, CredentialError) and "AZURE_STORAGE_ACCOUNT_NAME" in error.details[0]


def test_each_scheme_has_its_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing plays Google Cloud Storage here: that its store is opened, and by the same code, is all that is
    shown of it."""
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "account")
    for scheme, store in {"s3": S3Store, "gs": GCSStore, "az": AzureStore}.items():
        objects = open_objects(RemoteState(scheme, "bucket", "a/b"), {})
        assert isinstance(objects.store, store)
        assert objects.where == f"{scheme}://bucket/a/b"
