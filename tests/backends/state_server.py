"""A server for states on loopback: plain as the protocol of Terraform's HTTP backend has it, or like
GitLab's.

The latter does as lib/api/terraform/state.rb and app/services/terraform/remote_state_handler.rb of GitLab
do: basic auth, the lock at `…/lock` by POST and DELETE, 409 with the requester's own Info, serials that are
wanted and unique, 422 where one was there before, and no write without the id of the lock that is held.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

GITLAB = "/api/v4/projects/group%2Fproject/terraform/state/"
FIELDS = ("ID", "Operation", "Info", "Who", "Version", "Created", "Path")


@dataclass
class Kept:
    """One document, its lock, and all serials it ever had."""

    data: bytes | None = None
    lock: dict[str, Any] | None = None
    serials: list[int] = field(default_factory=list)


Answer = tuple[int, bytes]


@dataclass
class StateServer:
    """What is kept, and how requests are answered. `before` may answer in place of it, or after it was
    done."""

    gitlab: bool = False
    credentials: str = ""
    """`Basic …` or `Bearer …`, as it must come; empty where nothing is asked for."""
    locks: bool = True
    checks: bool = True
    """Whether a write must bear the id of the lock."""
    kept: dict[str, Kept] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    before: Callable[[str, str, Callable[[], Answer]], Answer] = lambda method, path, answer: answer()
    mutex: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def answer(self, method: str, target: str, body: bytes, credentials: str) -> Answer:
        """One request, by itself."""
        parts = urlsplit(target)
        self.asked.append(f"{method} {target}")
        if self.credentials and credentials != self.credentials:
            return 401, b'{"message": "401 Unauthorized"}'
        id = parse_qs(parts.query).get("ID", [""])[0]

        def act() -> Answer:
            with self.mutex:
                return self._act(method, parts.path, body, id)

        return self.before(method, parts.path, act)

    def _act(self, method: str, path: str, body: bytes, id: str) -> Answer:
        locking = path.endswith("/lock") if self.gitlab else method in ("LOCK", "UNLOCK")
        one = self.kept.setdefault(path.removesuffix("/lock") if self.gitlab else path, Kept())
        if locking:
            if not self.locks:
                return 405, b"method not allowed"
            return self._take(one, body) if method in ("LOCK", "POST") else self._give_back(one, body)
        if method == "GET":
            return (204 if self.gitlab else 404, b"") if one.data is None else (200, one.data)
        if self.checks and id != (one.lock or {}).get("ID", ""):
            return 409 if self.gitlab else 423, json.dumps(one.lock).encode() if one.lock else b""
        if method == "DELETE":
            one.data = None
            return 200, b""
        return self._write(one, body)

    def _write(self, one: Kept, body: bytes) -> Answer:
        serial = json.loads(body).get("serial")
        if self.gitlab and (not isinstance(serial, int) or serial in one.serials):
            return 422, b'{"message": "Version has already been taken"}'
        one.serials.append(serial)
        one.data = body
        return 200, b""

    def _take(self, one: Kept, body: bytes) -> Answer:
        asked = json.loads(body)
        if self.gitlab and not all(isinstance(asked.get(name), str) for name in FIELDS):
            return 400, b'{"error": "Operation is missing"}'
        if one.lock is None:
            one.lock = asked
            return 200, body
        if not self.gitlab:
            return 423, json.dumps(one.lock).encode()
        own = {name: asked[name] for name in ("Operation", "Info", "Version", "Path")}
        return 409, json.dumps(
            {**own, "ID": one.lock["ID"], "Who": "jane", "Created": one.lock["Created"]}
        ).encode()

    def _give_back(self, one: Kept, body: bytes) -> Answer:
        if one.lock is not None and json.loads(body).get("ID") != one.lock["ID"]:
            return 409, b"" if self.gitlab else json.dumps(one.lock).encode()
        one.lock = None
        return 200, b""


def basic(name: str, password: str) -> str:
    """The header that a name and a password come to."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@contextmanager
def serving(server: StateServer) -> Iterator[StateServer]:
    """Let it answer on loopback while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65536  # an answer goes out in one piece

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self._answer
            raise AttributeError(name)

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = self.headers.get("Authorization", "")
            status, data = server.answer(self.command, self.path, body, asked)
            if status == 0:  # the answer is lost
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if status != 204:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data if status != 204 else b"")

        def log_message(self, format: str, *args: Any) -> None:
            """Silence: what was asked is in `asked`."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as door:
        door.daemon_threads = True
        thread = threading.Thread(target=door.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        server.url = f"http://127.0.0.1:{door.server_address[1]}"
        try:
            yield server
        finally:
            door.shutdown()
            thread.join()
