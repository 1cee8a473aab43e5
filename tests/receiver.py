"""A webhook on loopback that notes what it is sent, and answers as it is told to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any


@dataclass
class Receiver:
    """What was received. `address` is host, port and path; whoever knows the path may post."""

    address: str
    bodies: list[bytes] = field(default_factory=list)
    status: int = 200

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def take(self) -> list[Any]:
        """What came since this was asked last, as JSON."""
        found = [json.loads(body) for body in self.bodies]
        self.bodies.clear()
        return found


@contextmanager
def receiving(path: str) -> Iterator[Receiver]:
    """A webhook at this path, for as long as the block lasts."""
    with HTTPServer(("127.0.0.1", 0), _Handler) as server:
        receiver = Receiver(f"127.0.0.1:{server.server_port}/{path}")
        server.receiver = receiver  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if receiver.status < 300:
            receiver.bodies.append(body)
        self.send_response(receiver.status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""
