"""A world as JSON and back, without the text of a single token.

A token is put away as what it says, and signed anew when the world comes back. The world's signing secret
does stand in the JSON: it is good for nothing outside the sandbox.
"""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from pingconf.sandbox import tokens
from pingconf.sandbox.http import Json
from pingconf.sandbox.pingone_stores import SECRETS
from pingconf.sandbox.switches import Switches
from pingconf.sandbox.world import Clock, World, real_time

FORMAT_VERSION: Final = 1
UNUSABLE: Final = "unusable-after-reload"
"""What comes back in place of a secret that is no token of this world."""

_NOT_SAVED: Final = ("clock", "lock", "switches")


def to_json(world: World) -> Json:
    """Everything the world knows, as JSON."""
    with world.lock:
        names = [field.name for field in dataclasses.fields(world) if field.name not in _NOT_SAVED]
        data = {name: _put_away(getattr(world, name), world) for name in names}
    return {"version": FORMAT_VERSION, "switches": dataclasses.asdict(world.switches), **data}


def from_json(document: Json, clock: Clock = real_time) -> World:
    """The world of such a document; ValueError if it is none of ours."""
    if document.get("version") != FORMAT_VERSION:
        raise ValueError(f"not a sandbox of version {FORMAT_VERSION}: version is {document.get('version')}")
    try:
        data = {name: value for name, value in document.items() if name not in ("version", "switches")}
        secret = document["signing_secret"]
        data = {name: _take_out(value, secret) for name, value in data.items()}
        return World(**data, clock=clock, switches=Switches(**document["switches"]))
    except (KeyError, TypeError) as fault:
        raise ValueError("not a sandbox: fields are missing or unknown") from fault


def _put_away(value: Any, world: World) -> Any:
    """A copy, with every secret of a connection replaced by what it says."""
    if isinstance(value, dict):
        return {
            name: _say(inner, world)
            if name in SECRETS and isinstance(inner, str)
            else _put_away(inner, world)
            for name, inner in value.items()
        }
    return [_put_away(inner, world) for inner in value] if isinstance(value, list) else value


def _say(secret: str, world: World) -> Json:
    try:
        return {"$token": tokens.read(secret, world.signing_secret, world.now())}
    except tokens.TokenFault:
        return {"$foreign": bool(secret)}


def _take_out(value: Any, secret: str) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"$token"}:
            return tokens.mint(value["$token"], secret)
        if value.keys() == {"$foreign"}:
            return UNUSABLE if value["$foreign"] else ""
        return {name: _take_out(inner, secret) for name, inner in value.items()}
    return [_take_out(inner, secret) for inner in value] if isinstance(value, list) else value
