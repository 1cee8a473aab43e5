"""Credentials of the embedded services, no waiting, and folders for stories."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pingconf.operations.interruption import Interruption
from pingconf.sandbox import ADMIN_EMAIL, ADMIN_PASSWORD, CLIENT_ID, CLIENT_SECRET, ENVIRONMENT_ID


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Interruption, "sleep", lambda self, seconds: None)
    monkeypatch.setattr(os, "fsync", lambda fd: None)  # nobody pulls the plug here
    for name, value in {
        "PINGONE_ENVIRONMENT_ID": ENVIRONMENT_ID,
        "PINGONE_CLIENT_ID": CLIENT_ID,
        "PINGONE_CLIENT_SECRET": CLIENT_SECRET,
        "INFISICAL_EMAIL": ADMIN_EMAIL,
        "INFISICAL_PASSWORD": ADMIN_PASSWORD,
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Paths for folders that are not there yet, as many as there are stories."""
    street = tmp_path_factory.mktemp("lots")
    return (street / str(number) for number in itertools.count())
