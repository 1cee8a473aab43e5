"""A session of requests, and the wire it would speak over, played by `responses`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses
from responses.registries import OrderedRegistry

from pingconf.clients.http import Session
from tests.clients import Waits, plain_session


@pytest.fixture
def session() -> Iterator[Session]:
    with plain_session() as session:
        yield session


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    """Answers in the order they were added, each once; a request more than that finds no network."""
    with responses.RequestsMock(registry=OrderedRegistry) as mock:
        yield mock


@pytest.fixture
def waits() -> Waits:
    return Waits()
