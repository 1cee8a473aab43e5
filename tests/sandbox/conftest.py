"""A fresh world for every story, with a clock that stands still until it is wound."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from pingconf.sandbox import SandboxAdapter, World
from tests.sandbox.callers import Clock, Infisical, PingOne, Setup, follow_the_guide


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(clock: Clock) -> World:
    return World.seed(clock=clock)


@pytest.fixture
def adapter(world: World) -> SandboxAdapter:
    return SandboxAdapter(world)


@pytest.fixture
def session(adapter: SandboxAdapter) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.mount("https://", adapter)
        yield session


@pytest.fixture
def pingone(session: requests.Session) -> PingOne:
    return PingOne(session)


@pytest.fixture
def infisical(session: requests.Session, world: World) -> Infisical:
    return Infisical(session, world)


@pytest.fixture
def setup(pingone: PingOne, infisical: Infisical) -> Setup:
    return follow_the_guide(pingone, infisical)
