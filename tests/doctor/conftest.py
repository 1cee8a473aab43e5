"""The stage of the stories, end to end."""

from __future__ import annotations

from tests.e2e.conftest import (
    applied,
    moments,
    quick_and_quiet,
    read_output,
    sandbox,
    server,
    services,
    stand_in,
    wire,
)

__all__ = [
    "applied",
    "moments",
    "quick_and_quiet",
    "read_output",
    "sandbox",
    "server",
    "services",
    "stand_in",
    "wire",
]
