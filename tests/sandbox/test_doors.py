"""The doors: in the same process by requests, and over loopback."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from pingconf.sandbox import CLIENT_ID, CLIENT_SECRET, ENVIRONMENT_ID, LoopbackServer, SandboxAdapter, World
from tests.sandbox.callers import API, INFISICAL, Infisical, PingOne


def test_the_adapter_answers_like_a_server(session: requests.Session) -> None:
    answer = session.get(f"{INFISICAL}/api/status?x=1", stream=True)
    assert (answer.status_code, answer.reason, answer.ok) == (200, "OK", True)
    assert answer.url == f"{INFISICAL}/api/status?x=1"
    assert answer.encoding == "utf-8"
    assert answer.request.method == "GET"
    body = b"".join(answer.iter_content(7))
    assert len(body) == int(answer.headers["content-length"])
    assert body.startswith(b'{"date"')


def test_the_adapter_logs_no_bodies_and_tells_of_changes(world: World) -> None:
    changes: list[int] = []
    adapter = SandboxAdapter(world, on_change=lambda: changes.append(1))
    with requests.Session() as session:
        session.mount("https://", adapter)
        pingone = PingOne(session)
        pingone.get("/groups?limit=1")
        assert len(changes) == 1, "the token"
        pingone.post("/groups", {"name": "New"})
    assert len(changes) == 3
    path = f"/v1/environments/{ENVIRONMENT_ID}/groups"
    assert [entry for entry in adapter.log if entry[0] != "POST"] == [("GET", path)]
    assert adapter.log[-1] == ("POST", path)


@pytest.mark.parametrize("prefix", ["", "/proxy", "/a/b"])
def test_any_host_and_any_prefix_will_do(session: requests.Session, prefix: str) -> None:
    assert session.get(f"https://anywhere.example{prefix}/api/status").status_code == 200
    assert session.get(f"https://anywhere.example{prefix}/nowhere").status_code == 403
    token = f"https://anywhere.example{prefix}/{ENVIRONMENT_ID}/as/token"
    grant = {"grant_type": "client_credentials"}
    assert session.post(token, data=grant, auth=(CLIENT_ID, CLIENT_SECRET)).status_code == 200
    assert session.get(token).status_code == 403


def test_a_body_in_pieces(session: requests.Session, pingone: PingOne) -> None:
    headers = {"Authorization": f"Bearer {pingone.token()}"}
    pieces = iter([b'{"name":', b'"Pieces"}'])
    assert session.post(f"{API}/groups", data=pieces, headers=headers).status_code == 201


@pytest.fixture
def server(world: World) -> Iterator[LoopbackServer]:
    with LoopbackServer(world) as server:
        yield server


def ask(server: LoopbackServer, method: str, path: str, **headers: str) -> http.client.HTTPResponse:
    host, port = server.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer
    finally:
        connection.close()


def test_loopback_is_the_same_world(server: LoopbackServer, infisical: Infisical, world: World) -> None:
    infisical.enable_scim()
    token = infisical.new_token()
    with requests.Session() as session:
        session.trust_env = False
        bearer = {"Authorization": f"Bearer {token}"}
        listed = session.get(f"{server.url}/infisical/api/v1/scim/Users", headers=bearer)
        assert listed.status_code == 200
        assert len(listed.json()["Resources"]) == 1
        grant = {"grant_type": "client_credentials"}
        url = f"{server.url}/{ENVIRONMENT_ID}/as/token"
        worker = session.post(url, data=grant, auth=(CLIENT_ID, CLIENT_SECRET)).json()["access_token"]
        bearer = {"Authorization": f"Bearer {worker}"}
        base = f"{server.url}/v1/environments/{ENVIRONMENT_ID}"
        page = session.get(f"{base}/users?limit=1", headers=bearer).json()
        assert page["_links"]["next"]["href"].startswith(f"{base}/users?")
        made = session.post(f"{base}/groups", json={"name": "Made"}, headers=bearer).json()
        gone = session.delete(f"{base}/groups/{made['id']}", headers=bearer)
        assert (gone.status_code, gone.content) == (204, b"")


def test_loopback_takes_no_odd_lengths(server: LoopbackServer) -> None:
    for headers in ({"Content-Length": "-1"}, {"Content-Length": "9" * 9}, {"Transfer-Encoding": "chunked"}):
        assert ask(server, "POST", "/api/status", **headers).status == 411
    assert ask(server, "HEAD", "/api/status").status == 200


def test_loopback_tells_of_changes(world: World) -> None:
    changed = threading.Event()
    with LoopbackServer(world, on_change=changed.set) as server:
        ask(server, "GET", "/api/status")
        assert not changed.is_set()
        ask(server, "POST", "/api/v3/auth/login")
        assert changed.wait(5)


def test_a_server_that_never_started_can_be_closed(world: World) -> None:
    LoopbackServer(world).close()


def test_one_request_at_a_time(world: World, infisical: Infisical) -> None:
    answered = threading.Event()

    def ask_in_passing() -> None:
        infisical.get("/api/status")
        answered.set()

    waiting = threading.Thread(target=ask_in_passing)
    with world.lock:
        waiting.start()
        assert not answered.wait(0.1)
    waiting.join(5)
    assert answered.is_set()


def test_both_doors_may_be_used_at_once(server: LoopbackServer, pingone: PingOne, world: World) -> None:
    def make(number: int) -> None:
        with requests.Session() as session:
            session.mount("https://", SandboxAdapter(world))
            PingOne(session).post("/groups", {"name": f"Group {number}"})

    threads = [threading.Thread(target=make, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pingone.embedded("/groups?limit=200")) == 5 + 16


def test_a_request_whose_sender_died_is_none() -> None:
    """Only a part of its body came: nothing is done, and nobody is answered."""
    world = World.seed()
    with LoopbackServer(world) as server:
        address = urlsplit(server.url)
        with socket.create_connection((str(address.hostname), int(address.port or 0))) as line:
            line.sendall(b"POST /api/v1/scim/scim-tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{}")
            line.shutdown(socket.SHUT_WR)
            assert line.recv(100) == b""
    assert world.requests_served == 0
