"""The embedded services in a process of their own, behind a small HTTP/1.1 server on loopback.

Answers to GET are kept as bytes until the next write, so that what is measured is pingconf and not the
embedded services. On top of that: a latency for each request, any number of them at once; a rate limit; and
a log of what came when. Whoever started the process steers it with one JSON document per line on its stdin,
and gets one back on its stdout for each; it ends with its stdin.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from pingconf.operations.serve import client_environment
from pingconf.sandbox import Request, Response, World, serve
from pingconf.sandbox.http import Json
from tests.bench.limits import REFUSAL, Window

LARGEST: Final = 2**20
"""Bytes of a request's head or body."""
PEOPLE: Final = 3
"""How many of the company's people stay: what is measured grows with the groups, not with them."""
LIMITED: Final = "/v1/environments/"
"""What stands in the path of each request that counts for the rate limit: PingOne's management API."""
TOKEN: Final = "/as/token"


@dataclass(frozen=True, slots=True)
class Call:
    """One request: seconds by the server's monotonic clock when it came and when its answer left."""

    came: float
    left: float
    method: str
    target: str
    status: int
    retry_after: int
    """Seconds that the answer asks to wait; 0 for none."""


@dataclass
class Desk:
    """What answers: the world, what it said before, the limit, and the log."""

    world: World
    latency: float = 0.0
    window: Window | None = None
    log: list[Call] = field(default_factory=list)
    _kept: dict[str, Response] = field(default_factory=dict)
    _welcome: set[str] = field(default_factory=set, repr=False)
    """The Authorization headers that the services are known to take."""

    def answer(self, asked: Request, now: float) -> Response:
        """Answer one request that comes now, from memory where nothing was written since."""
        headers: dict[str, str] = {}
        if self.window is not None and LIMITED in asked.path:
            ruling = self.window.rule(now)
            headers = ruling.headers
            if not ruling.passes:
                return Response(429, {"Content-Type": "application/json", **headers}, REFUSAL)
        answered = self._look_up(asked)
        return Response(answered.status, {**answered.headers, **headers}, answered.body)

    def _look_up(self, asked: Request) -> Response:
        if asked.method != "GET":
            return self._write(asked)
        if asked.headers.get("authorization") not in self._welcome:
            return serve(self.world, asked)
        if asked.target not in self._kept:
            self._kept[asked.target] = serve(self.world, asked)
        return self._kept[asked.target]

    def _write(self, asked: Request) -> Response:
        answered = serve(self.world, asked)
        if asked.path.endswith(TOKEN):
            if answered.status == 200:
                self.welcome(str(answered.json()["access_token"]))
        else:
            self._kept.clear()
        return answered

    def welcome(self, token: str) -> None:
        """Take this token without asking the services each time."""
        self._welcome.add(f"Bearer {token}")

    def seed(self, groups: list[Json]) -> list[str]:
        """Put these groups into the world as if they had been made one by one; their ids."""
        population = next(row["id"] for row in self.world.populations.values() if row["default"])
        times = {"createdAt": self.world.stamp(), "updatedAt": self.world.stamp()}
        rows = [
            {"id": self.world.new_id(), **group, "population": {"id": population}, **times}
            for group in groups
        ]
        self.world.groups |= {row["id"]: row for row in rows}
        self._kept.clear()
        return [row["id"] for row in rows]


def small_world() -> World:
    """A new world with few people and no group, so that all groups are those of the benchmark."""
    world = World.seed()
    world.users = dict(list(world.users.items())[:PEOPLE])
    world.groups.clear()
    world.group_members.clear()
    return world


class Server:
    """Speaks HTTP/1.1 with keep-alive for a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request after the other, until the client hangs up."""
        try:
            while (asked := await _read(reader)) is not None:
                came = time.monotonic()
                answered = self._desk.answer(asked, came)
                if self._desk.latency:
                    await asyncio.sleep(max(0.0, came + self._desk.latency - time.monotonic()))
                wait = int(answered.headers.get("Retry-After", "0"))
                left = time.monotonic()
                call = Call(came, left, asked.method, asked.target, answered.status, wait)
                self._desk.log.append(call)
                writer.write(_as_bytes(answered))
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            return  # the client is gone, as a process that is measured ends as it likes; or this server ends
        finally:
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """The next request; None at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    url = urlsplit(target)
    return Request(method, url.path or "/", url.query, headers, body, f"http://{headers['host']}")


def _as_bytes(answer: Response) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} ", *(f"{name}: {value}" for name, value in answer.headers.items())]
    if answer.status != 204:
        lines.append(f"Content-Length: {len(answer.body)}")
    return "\r\n".join((*lines, "", "")).encode("latin-1") + answer.body


def obey(desk: Desk, order: Json) -> Json:
    """Do what stands in one line of stdin."""
    match order.pop("do"):
        case "set":
            limit = order["limit"]
            desk.latency, desk.window = order["latency"], Window(**limit) if limit else None
            desk.log.clear()
            return {}
        case "dump":
            return {"calls": [asdict(call) for call in desk.log]}
        case "seed":
            return {"ids": desk.seed(order["groups"])}
        case "names":
            return {"names": [row["name"] for row in desk.world.groups.values()]}
        case other:
            raise ValueError(f"unknown order: {other}")


async def main() -> None:
    """Serve until stdin ends."""
    desk = Desk(small_world())
    desk.welcome(admin := desk.world.admin_token())
    server = await asyncio.start_server(Server(desk).talk, "127.0.0.1", 0, limit=LARGEST)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    orders = asyncio.StreamReader(limit=2**26)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    environment = client_environment(desk.world, url) | {"INFISICAL_TOKEN": admin}
    _say({"url": url, "environment": environment})
    while line := await orders.readline():
        _say(obey(desk, json.loads(line)))
    server.close()


def _say(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
