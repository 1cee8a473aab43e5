"""The network is refused to tests, and loopback is not. The addresses are those set aside for documents."""

from __future__ import annotations

import socket
import threading
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests

from tests.conftest import NetworkRefused, is_loopback


def _datagram(host: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"hello", (host, 53))


def _connect(host: str, family: socket.AddressFamily = socket.AF_INET) -> None:
    with socket.socket(family) as sock:
        sock.settimeout(1)
        sock.connect((host, 443))


def _connect_ex(host: str) -> None:
    with socket.socket() as sock:
        sock.settimeout(1)
        sock.connect_ex((host, 443))


WAYS_OUT: dict[str, Callable[[], object]] = {
    "socket.connect": lambda: _connect("192.0.2.1"),
    "socket.connect, IPv6": lambda: _connect("2001:db8::1", socket.AF_INET6),
    "socket.connect_ex": lambda: _connect_ex("192.0.2.1"),
    "socket.sendto": lambda: _datagram("192.0.2.1"),
    "socket.create_connection": lambda: socket.create_connection(("192.0.2.1", 443), timeout=1),
    "a name server": lambda: socket.getaddrinfo("api.pingone.example", 443),
    "an old name server": lambda: socket.gethostbyname("api.pingone.example"),
    "requests": lambda: requests.get("https://api.pingone.example/v1", timeout=1),
    "urllib": lambda: urllib.request.urlopen("http://192.0.2.1/", timeout=1),
}


@pytest.mark.parametrize("way_out", WAYS_OUT.values(), ids=WAYS_OUT.keys())
def test_the_network_is_refused(network_refused: list[str], way_out: Callable[[], object]) -> None:
    with pytest.raises(NetworkRefused, match="tests have no network"):
        way_out()
    assert network_refused
    network_refused.clear()


def test_an_attempt_is_remembered_where_its_refusal_was_swallowed(network_refused: list[str]) -> None:
    for _ in range(2):
        with pytest.raises(NetworkRefused):
            _connect("192.0.2.1")
    assert network_refused == ["192.0.2.1", "192.0.2.1"]
    network_refused.clear()


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_open(host: str) -> None:
    with HTTPServer(("127.0.0.1", 0), _Hello) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        answer = requests.get(f"http://{host}:{server.server_port}/", timeout=5)
        thread.join()
    assert answer.text == "hello"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        *((host, True) for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost", b"localhost")),
        *((host, False) for host in ("10.0.0.1", "192.168.0.1", "0.0.0.0", "::")),
        *((host, False) for host in ("localhost.example", "127.0.0.1.example")),
    ],
)
def test_what_counts_as_loopback(host: object, loopback: bool) -> None:
    assert is_loopback(host) is loopback
