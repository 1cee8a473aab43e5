"""The embedded services over HTTP, for other programs and for the curious."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from pingconf.model.errors import PingconfError
from pingconf.operations.switches import read_switches
from pingconf.sandbox import (
    ADMIN_EMAIL,
    ADMIN_PASSWORD,
    CLIENT_ID,
    CLIENT_SECRET,
    LoopbackServer,
    World,
)


def serve_until_interrupted(
    port: int,
    ready_file: Path | None,
    switches: Sequence[str],
    announce: Callable[[dict[str, str]], None],
) -> None:
    """Serve a new world on 127.0.0.1 until SIGINT or SIGTERM; `announce` gets what a client needs."""
    world = World.seed(switches=read_switches(switches))
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        server = LoopbackServer(world, port)
    except OSError as error:
        raise PingconfError(
            f"Cannot listen on 127.0.0.1:{port}: {error.strerror}",
            "Choose another --port; 0 takes a free one.",
        ) from None
    with server:
        environment = client_environment(world, server.url)
        if ready_file is not None:
            ready_file.write_text(json.dumps({"url": server.url, "environment": environment}) + "\n")
        announce(environment)
        stop.wait()


def client_environment(world: World, url: str) -> dict[str, str]:
    """The variables with which pingconf, or any client, speaks to a served world."""
    return {
        "PINGONE_API_URL": f"{url}/v1",
        "PINGONE_AUTH_URL": url,
        "PINGONE_ENVIRONMENT_ID": world.environment_id,
        "PINGONE_TARGET_ENVIRONMENT_ID": world.environment_id,
        "PINGONE_CLIENT_ID": CLIENT_ID,
        "PINGONE_CLIENT_SECRET": CLIENT_SECRET,
        "INFISICAL_DOMAIN": url,
        "INFISICAL_ORGANIZATION_ID": world.organization_id,
        **_administrator(world),
    }


def _administrator(world: World) -> dict[str, str]:
    """E-mail and password; a ready token where this Infisical has no login by those for programs."""
    if world.switches.infisical_release == "2025-06":
        return {"INFISICAL_TOKEN": world.admin_token()}
    return {"INFISICAL_EMAIL": ADMIN_EMAIL, "INFISICAL_PASSWORD": ADMIN_PASSWORD}
