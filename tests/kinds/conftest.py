"""A stage for every story."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses
from responses.registries import OrderedRegistry

from pingconf.clients import Services
from tests.kinds import Stage, real_services, stage


@pytest.fixture
def embedded() -> Iterator[Stage]:
    with stage() as opened:
        yield opened


@pytest.fixture
def real() -> Iterator[Services]:
    with real_services() as api:
        yield api


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    """Answers in the order they were added, each once."""
    with responses.RequestsMock(registry=OrderedRegistry) as mock:
        yield mock
