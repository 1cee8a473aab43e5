"""The embedded services of `--sandbox`, kept in `.pingconf/sandbox.json` beside the file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pingconf.backends import disk
from pingconf.model.errors import StateError
from pingconf.model.settings import Settings
from pingconf.model.values import Secret
from pingconf.sandbox import (
    CLIENT_ID,
    CLIENT_SECRET,
    ENVIRONMENT_ID,
    ORGANIZATION_ID,
    SandboxAdapter,
    World,
    from_json,
    to_json,
)

FILE: Final = Path(".pingconf") / "sandbox.json"
SERVICES: Final = ("PINGONE_", "INFISICAL_")


def embedded_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with the embedded services' ids and credentials in place of any real ones."""
    others = {name: value for name, value in environ.items() if not name.startswith(SERVICES)}
    return {
        **others,
        "PINGONE_REGION_CODE": "EU",
        "PINGONE_ENVIRONMENT_ID": ENVIRONMENT_ID,
        "PINGONE_TARGET_ENVIRONMENT_ID": ENVIRONMENT_ID,
        "PINGONE_CLIENT_ID": CLIENT_ID,
        "PINGONE_CLIENT_SECRET": CLIENT_SECRET,
        "INFISICAL_ORGANIZATION_ID": ORGANIZATION_ID,
        "INFISICAL_TOKEN": "embedded",
    }


@dataclass(frozen=True, slots=True)
class Embedded:
    """One world and the adapter that answers in place of the network; every change is saved."""

    world: World
    adapter: SandboxAdapter

    @classmethod
    def open(cls, folder: Path, settings: Settings) -> Embedded:
        """The world kept in a folder, or a new one; raises StateError where it is another's."""
        path = folder / FILE
        wanted = (settings.pingone.environment_id, settings.infisical.organization_id)
        world = read_world(path) or World.seed(*wanted)
        if (world.environment_id, world.organization_id) != wanted:
            raise StateError(
                f"The sandbox {path} plays another environment or organisation than the file names",
                "Start afresh with: pingconf sandbox reset",
            )
        adapter = SandboxAdapter(world, on_change=lambda: _keep(adapter, path))
        return cls(world, adapter)

    def settings(self, settings: Settings) -> Settings:
        """The same places, with the embedded services' own credentials."""
        pingone = replace(
            settings.pingone, client_id=CLIENT_ID, client_secret=Secret(CLIENT_SECRET), access_token=None
        )
        token = Secret(self.world.admin_token())
        return Settings(pingone, replace(settings.infisical, token=token, email=None, client_id=None))


def _keep(adapter: SandboxAdapter, path: Path) -> None:
    """Save the world after a request that changed it; a login is none, so that a plan writes nothing."""
    _, asked = adapter.log[-1]
    if not asked.endswith("/as/token"):
        save_world(adapter.world, path)


def read_world(path: Path) -> World | None:
    """The world of a file, None if there is none; raises StateError if it is not readable."""
    data = disk.read_file(path)
    if data is None:
        return None
    try:
        return from_json(json.loads(data))
    except (ValueError, RecursionError):
        raise StateError(
            f"The sandbox {path} cannot be read", "Start afresh with: pingconf sandbox reset"
        ) from None


def save_world(world: World, path: Path) -> None:
    """Keep a world, whole or not at all."""
    disk.make_folder(path.parent)
    with disk.explained("write", path):
        disk.move_file(disk.write_aside(path, json.dumps(to_json(world)).encode()), path)
