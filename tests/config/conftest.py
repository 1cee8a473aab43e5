"""Fixtures of the configuration tests."""

from __future__ import annotations

import pytest
import yaml

from pingconf.config import document


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def either_parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(document, "_LOADER", getattr(yaml, request.param))
    return str(request.param)
