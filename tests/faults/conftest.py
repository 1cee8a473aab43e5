"""As for runs that die: credentials, no waiting, and equal ways to equal ends."""

from __future__ import annotations

from tests.crash.conftest import credentials

__all__ = ["credentials"]
