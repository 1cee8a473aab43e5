"""A service on loopback that limits how much it may be asked, and writes down when it was asked for what."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import ceil
from types import TracebackType
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. Times are seconds since the service began; `window` counts the service's own."""

    at: float
    status: int
    window: int


class LimitedService:
    """Makes what is POSTed, `quota` of it in each window, which begins with the first request after the last.

    `announces` says the limit in `x-ratelimit-*` as Infisical does; a refusal asks for a pause in seconds, as
    a date, or not at all. `log` holds each request, `made` the names, `lines` counts the connections.
    """

    def __init__(
        self,
        quota: int,
        seconds: float,
        *,
        announces: bool = False,
        pause: Literal["seconds", "date", "none"] = "seconds",
        status: int = 429,
    ) -> None:
        self.quota = quota
        self.seconds = seconds
        self._announces = announces
        self._pause = pause
        self._status = status
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._ends = 0.0
        self._taken = 0
        self._windows = 0
        self.log: list[Entry] = []
        self.made: list[str] = []
        self.lines = 0
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def refusals(self) -> list[Entry]:
        return [entry for entry in self.log if entry.status == self._status]

    def serve(self, name: str) -> tuple[int, dict[str, str]]:
        """Status and headers for one request."""
        with self._lock:
            now = time.monotonic() - self._began
            if now >= self._ends:
                self._ends, self._taken, self._windows = now + self.seconds, 0, self._windows + 1
            self._taken += 1
            fits = self._taken <= self.quota
            status = 201 if fits else self._status
            self.log.append(Entry(now, status, self._windows))
            if fits:
                self.made.append(name)
            return status, self._headers(self._ends - now, refused=not fits)

    def _headers(self, left: float, *, refused: bool) -> dict[str, str]:
        told = {}
        if self._announces:
            remaining = str(max(0, self.quota - self._taken))
            told = {"limit": str(self.quota), "remaining": remaining, "reset": str(ceil(left))}
        headers = {f"x-ratelimit-{name}": text for name, text in told.items()}
        if refused and self._pause == "seconds":
            headers["Retry-After"] = str(ceil(left))
        elif refused and self._pause == "date":
            moment = datetime.fromtimestamp(ceil(time.time() + left), UTC)
            headers["Retry-After"] = format_datetime(moment, usegmt=True)
        return headers

    def __enter__(self) -> LimitedService:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def _handler(service: LimitedService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet an answer: two would wait 40 ms for each other

        def setup(self) -> None:
            super().setup()
            service.lines += 1

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            name = json.loads(body)["name"] if body else self.path
            status, headers = service.serve(name)
            said = json.dumps({"id": name} if status == 201 else {"message": "slow down"}).encode()
            self.send_response(status)
            for header, text in {**headers, "Content-Length": str(len(said))}.items():
                self.send_header(header, text)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Keep quiet."""

        do_GET = do_POST = _answer

    return Handler
