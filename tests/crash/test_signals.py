"""A signal in the middle of an apply: the run ends with 130, unlocked, and the next one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pingconf.cli.main import run
from pingconf.sandbox import LoopbackServer, Request, Response, World, doors
from pingconf.sandbox.service import serve as serve_request
from tests.crash.makers import FILE, FIRST

SAMPLED = (1, 2, 4, 9, 14)
"""The switch, the token, the connection, a mapping, the revision; all the others are for soak."""
LAST = 14
SERVED = """\
  api_url: %(url)s/v1
  auth_url: %(url)s
"""


def write_served(folder: Path, url: str) -> Path:
    """The configuration of services at an address."""
    path = folder / "pingconf.yaml"
    text = FILE % FIRST
    text = text.replace("  region: EU\n", SERVED % {"url": url})
    path.write_text(text.replace("infisical:\n", f"infisical:\n  url: {url}\n", 1))
    return path


def signal_at_write(
    monkeypatch: pytest.MonkeyPatch, at: int, number: signal.Signals, child: Callable[[], int]
) -> list[str]:
    """While the service works on the given write, the client gets a signal; returns the writes seen."""
    seen: list[str] = []

    def serve(world: World, request: Request) -> Response:
        if request.method != "GET" and not request.path.endswith(("/token", "/login", "organization")):
            seen.append(f"{request.method} {request.path}")
            if len(seen) == at:
                os.kill(child(), number)
        return serve_request(world, request)

    monkeypatch.setattr(doors, "serve", serve)
    return seen


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
@pytest.mark.parametrize(
    "at", [pytest.param(at, marks=[pytest.mark.soak] * (at not in SAMPLED)) for at in range(1, LAST + 1)]
)
def test_an_interrupted_apply_goes_on(
    at: int, number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, child = World.seed(), list[int]()
    with LoopbackServer(world) as server:
        path = write_served(tmp_path, server.url)
        with monkeypatch.context() as patch:
            seen = signal_at_write(patch, at, number, lambda: child[0])
            command = [sys.executable, "-m", "pingconf", "-f", str(path), "apply", "--auto-approve", "-q"]
            process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
            child.append(process.pid)
            _, told = process.communicate(timeout=60)
        assert len(seen) >= at
        assert process.returncode == 130, told
        assert told.startswith("Interrupted: what is in flight is finished and written down."), told
        if at < LAST:
            assert "\nError: Interrupted\n" in told, told
            assert " of 11 steps. Still to do: " in told, told
            assert told.endswith("What was done is recorded; the next apply goes on from there.\n"), told
        else:
            assert told.endswith("\nError: Interrupted, but everything was done\n"), told
        assert run(["-f", str(path), "-q", "apply", "--auto-approve"]) == 0
        assert run(["-f", str(path), "plan", "--detailed-exitcode"]) == 0
    assert len([one for one in world.scim_tokens.values() if "pingconf:" in one["description"]]) == 1
    assert len([one for one in world.stores.values() if one["type"] == "scim"]) == 1
    assert len(world.rules) == 1
    assert not world.published_on_revoked_token()
    assert len([one for one in world.members.values() if one["isActive"]]) == 37
