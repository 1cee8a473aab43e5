"""The two doors to a world: a requests adapter in the same process, and a server on loopback."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

from pingconf.sandbox.http import Request, Response
from pingconf.sandbox.service import serve
from pingconf.sandbox.world import World

_MAX_BODY: Final = 1_000_000


class SandboxAdapter(BaseAdapter):
    """Answers any URL of a `requests.Session` from a world; mounted at "https://" nothing leaves the process.

    `log` holds method and path of each request, and no body. `on_change` is called after each one but a GET.
    """

    def __init__(self, world: World, on_change: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.world = world
        self.log: list[tuple[str, str]] = []
        self._on_change = on_change
        self._one_at_a_time = threading.Lock()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Serve a prepared request; none of the ways of a connection matters."""
        asked = _as_request(request)
        with self._one_at_a_time:
            self.log.append((asked.method, asked.path))
            answer = serve(self.world, asked)
            if asked.method != "GET" and self._on_change is not None:
                self._on_change()
        return _as_response(answer, request, self)

    def close(self) -> None:
        """Nothing is open."""


def _as_request(prepared: requests.PreparedRequest) -> Request:
    url = urlsplit(prepared.url or "")
    body: Any = prepared.body or b""
    if isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes):
        body = b"".join(part.encode() if isinstance(part, str) else part for part in body)
    return Request(
        method=prepared.method or "GET",
        path=url.path or "/",
        query=url.query,
        headers={name.lower(): _as_text(value) for name, value in prepared.headers.items()},
        body=body,
        base=f"{url.scheme}://{url.netloc}",
    )


def _as_text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _as_response(
    answer: Response, prepared: requests.PreparedRequest, adapter: BaseAdapter
) -> requests.Response:
    response: Any = requests.Response()
    response.status_code = answer.status
    response.reason = _reason(answer.status)
    response.headers = CaseInsensitiveDict({**answer.headers, "Content-Length": str(len(answer.body))})
    response.encoding = get_encoding_from_headers(response.headers)
    response.raw = urllib3.HTTPResponse(
        body=io.BytesIO(answer.body),
        headers=dict(response.headers),
        status=answer.status,
        reason=response.reason,
        preload_content=False,
        request_method=prepared.method,
    )
    response.url = prepared.url
    response.request = prepared
    response.connection = adapter
    answered: requests.Response = response
    return answered


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    """Connections that may come at a time; with five, the sixth waits a second for its next try."""


class LoopbackServer:
    """The same world over HTTP on 127.0.0.1; a context manager, or `start` and `close` by hand."""

    def __init__(self, world: World, port: int = 0, on_change: Callable[[], None] | None = None) -> None:
        self._server = _Server(("127.0.0.1", port), _handler(world, on_change))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True, name="sandbox")

    @property
    def url(self) -> str:
        """The origin, with the port that was found."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Stop serving and free the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> LoopbackServer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Line(BaseHTTPRequestHandler):
    """How an answer goes out."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer: two would wait 40 ms for each other
    server_version = "pingconf-sandbox"
    sys_version = ""
    timeout = 60

    def _write(self, answer: Response) -> None:
        self.send_response_only(answer.status)  # without a date of its own: the world has one
        for name, value in answer.headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        if answer.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep quiet: what to say is the caller's affair."""


def _handler(world: World, on_change: Callable[[], None] | None) -> type[BaseHTTPRequestHandler]:
    class Handler(_Line):
        def _answer(self) -> None:
            length = self.headers.get("Content-Length", "0")
            if not length.isdigit() or int(length) > _MAX_BODY or "Transfer-Encoding" in self.headers:
                self.close_connection = True
                self._write(Response(HTTPStatus.LENGTH_REQUIRED))
                return
            url = urlsplit(self.path)
            body = self.rfile.read(int(length))
            if len(body) < int(length):  # whoever sent it died meanwhile: it is no request
                self.close_connection = True
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            base = f"http://{headers.get('host', '127.0.0.1')}"
            asked = Request(self.command, url.path or "/", url.query, headers, body, base)
            answer = serve(world, asked)
            if asked.method not in ("GET", "HEAD") and on_change is not None:
                on_change()
            self._write(answer)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    return Handler
