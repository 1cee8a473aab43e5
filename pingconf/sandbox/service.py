"""One dispatcher for everything the world plays: by path, whatever the host, and behind any prefix."""

from __future__ import annotations

import re
from dataclasses import replace
from email.utils import format_datetime
from typing import Final

from pingconf.sandbox import infisical, pingone
from pingconf.sandbox.http import Request, Response
from pingconf.sandbox.pingone_wire import wrong_path
from pingconf.sandbox.world import World

_PINGONE: Final = re.compile(r"(?P<prefix>.*?)/v1/environments/(?P<environment>[^/]+)(?P<path>.*)")
_PINGONE_TOKEN: Final = re.compile(r"(?P<prefix>.*?)/(?P<environment>[^/]+)/as/token")
_INFISICAL: Final = re.compile(r"(?P<prefix>.*?)(?P<path>/api/.*)")


def serve(world: World, request: Request) -> Response:
    """Answer one request; one at a time, so that any number of threads may call."""
    with world.lock:
        answered = _dispatch(world, request)
        date = format_datetime(world.now(), usegmt=True)
    return replace(answered, headers={**answered.headers, "Date": date})


def _dispatch(world: World, request: Request) -> Response:
    if found := _PINGONE.fullmatch(request.path):
        return pingone.answer(world, _behind(request, found["prefix"], found["path"]), found["environment"])
    if found := _PINGONE_TOKEN.fullmatch(request.path):
        inner = _behind(request, found["prefix"], request.path)
        return pingone.answer_token_request(world, inner, found["environment"])
    if found := _INFISICAL.fullmatch(request.path):
        return infisical.answer(world, _behind(request, found["prefix"], found["path"]))
    return wrong_path()


def _behind(request: Request, prefix: str, path: str) -> Request:
    return replace(request, base=f"{request.base}{prefix}", path=path)
