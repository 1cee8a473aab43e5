"""Credentials of the embedded services, and no waiting."""

from __future__ import annotations

import pytest

from pingconf.operations.interruption import Interruption
from pingconf.sandbox import (
    ADMIN_EMAIL,
    ADMIN_PASSWORD,
    CLIENT_ID,
    CLIENT_SECRET,
    ENVIRONMENT_ID,
    ORGANIZATION_ID,
)


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Interruption, "sleep", lambda self, seconds: None)
    for name, value in {
        "PINGONE_ENVIRONMENT_ID": ENVIRONMENT_ID,
        "PINGONE_TARGET_ENVIRONMENT_ID": ENVIRONMENT_ID,
        "PINGONE_CLIENT_ID": CLIENT_ID,
        "PINGONE_CLIENT_SECRET": CLIENT_SECRET,
        "INFISICAL_ORGANIZATION_ID": ORGANIZATION_ID,
        "INFISICAL_EMAIL": ADMIN_EMAIL,
        "INFISICAL_PASSWORD": ADMIN_PASSWORD,
    }.items():
        monkeypatch.setenv(name, value)
