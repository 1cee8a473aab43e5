"""A state on an HTTP server, besides what all backends promise: its ways, its refusals, its lost answers."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping

import pytest

from pingconf.backends.codec import decode
from pingconf.backends.http import HttpBackend
from pingconf.backends.state_server import Server, read_ways
from pingconf.clients.http import open_session
from pingconf.clients.retry import Patience
from pingconf.model.errors import CredentialError, LockedError, PingconfError, StateError
from pingconf.model.settings import RemoteState
from pingconf.model.state import State
from tests.backends import LINEAGE, entries
from tests.backends.conftest import HTTP_PASSWORD, HTTP_TOKEN, environ_of
from tests.backends.state_server import GITLAB, Answer, StateServer, serving

PATH = "/states/production"


def at(server: StateServer, environ: Mapping[str, str] | None = None, path: str = "") -> HttpBackend:
    """A client that does not wait between tries."""
    path = path or (f"{GITLAB}production" if server.gitlab else PATH)
    place = RemoteState("http", server.url.partition("://")[2], path.removeprefix("/"))
    told = environ_of(server) if environ is None else environ
    return HttpBackend(Server(place, told, open_session(), Patience(lambda _: None)))


def run_of(backend: HttpBackend, number: int) -> State:
    with backend.lock("pingconf apply"):
        journal = backend.session(backend.read() or State(LINEAGE))
        for entry in entries(number):
            journal.append(entry)
        journal.close()
    return journal.state


def told(error: PingconfError) -> str:
    return "\n".join((error.headline, *error.details))


# ---- the requests, one by one


def test_the_requests_of_a_run_are_those_of_terraform(server: StateServer) -> None:
    run_of(at(server), 2)
    id = next(one.partition("?ID=")[2] for one in server.asked if "?ID=" in one)
    assert len(id) == 36
    assert [one.replace(id, "…") for one in server.asked] == [
        f"LOCK {PATH}",
        f"GET {PATH}",
        f"GET {PATH}",
        f"GET {PATH}",
        f"POST {PATH}?ID=…",
        f"GET {PATH}",
        f"POST {PATH}?ID=…",
        f"UNLOCK {PATH}",
    ]


def test_gitlab_is_recognised_by_its_address_and_gets_a_serial_each_time(gitlab: StateServer) -> None:
    run_of(at(gitlab), 3)
    assert gitlab.asked[0] == f"POST {GITLAB}production/lock"
    assert gitlab.asked[-1] == f"DELETE {GITLAB}production/lock"
    kept = gitlab.kept[f"{GITLAB}production"]
    assert kept.serials == [1, 2, 3]
    assert kept.data is not None and decode(kept.data, "it").serial == 3


def test_the_run_log_on_gitlab_is_another_state_of_the_project(gitlab: StateServer) -> None:
    backend = at(gitlab)
    for number in (1, 2):
        backend.log({"number": number})
    kept = gitlab.kept[f"{GITLAB}production-runs"]
    assert json.loads(kept.data or b"") == {"version": 4, "serial": 2, "runs": [{"number": 1}, {"number": 2}]}
    assert kept.serials == [1, 2]


def test_the_variables_of_terraform_say_how_it_is_asked(server: StateServer) -> None:
    environ = {
        "TF_HTTP_LOCK_ADDRESS": "https://state.example/locks/production",
        "TF_HTTP_LOCK_METHOD": "put",
        "TF_HTTP_UNLOCK_METHOD": "DELETE",
        "TF_HTTP_UPDATE_METHOD": "PUT",
    }
    place = RemoteState("https", "state.example", "states/production")
    ways = read_ways(place, environ)
    assert ways.update == "PUT"
    assert ways.lock == ("PUT", "/locks/production")
    assert ways.unlock == ("DELETE", "/locks/production")
    unlock = {**environ, "TF_HTTP_UNLOCK_ADDRESS": "https://state.example/unlocks/production/"}
    assert read_ways(place, unlock).unlock == ("DELETE", "/unlocks/production")
    assert read_ways(place, {}).lock == ("LOCK", PATH)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/lock",
        "https://state.example.evil.example/lock",
        "http://state.example/lock",
        "https://a:canary-in-a-lock-address@state.example/lock",
        "https://state.example/lock?token=canary-in-a-lock-address",
        "nonsense",
    ],
)
@pytest.mark.parametrize("name", ["TF_HTTP_LOCK_ADDRESS", "TF_HTTP_UNLOCK_ADDRESS"])
def test_a_lock_elsewhere_would_get_the_credentials_and_is_refused(name: str, url: str) -> None:
    with pytest.raises(
        StateError, match=f"{name} does not fit to the state https://state.example/a"
    ) as caught:
        read_ways(RemoteState("https", "state.example", "a"), {name: url})
    assert "canary" not in told(caught.value)
    with pytest.raises(StateError, match="TF_HTTP_LOCK_METHOD is no method"):
        read_ways(RemoteState("https", "state.example", "a"), {"TF_HTTP_LOCK_METHOD": "LO CK\r\n"})


# ---- who may, and who must lock


@pytest.mark.parametrize(
    "environ", [{}, {"PINGCONF_HTTP_TOKEN": "wrong-token"}, {"TF_HTTP_USERNAME": "jane"}]
)
def test_credentials_that_do_not_do_are_said(server: StateServer, environ: dict[str, str]) -> None:
    backend = at(server, environ)
    for act in (backend.read, lambda: backend.lock("pingconf apply").__enter__()):
        with pytest.raises(CredentialError) as caught:
            act()
        assert caught.value.exit_code == 3
        assert ("asks for credentials" in caught.value.headline) is (not environ)
        assert "TF_HTTP_USERNAME" in told(caught.value) and "PINGCONF_HTTP_TOKEN" in told(caught.value)
        assert "wrong-token" not in told(caught.value)


def test_a_server_without_locks_is_not_written_to() -> None:
    with serving(StateServer(locks=False)) as server:
        backend = at(server, {})
        server.locks = False
        with pytest.raises(StateError, match="cannot be locked: the server answered 405 to LOCK") as caught:
            backend.lock("pingconf apply").__enter__()
        assert "TF_HTTP_LOCK_ADDRESS" in told(caught.value)
        assert not any(one.startswith("POST") for one in server.asked)
        assert backend.read() is None  # a plan needs no lock


@pytest.mark.parametrize("status", [400, 404, 501])
def test_so_is_one_that_does_not_know_what_a_lock_is(server: StateServer, status: int) -> None:
    server.before = lambda method, path, act: (status, b"<html>") if method == "LOCK" else act()
    with pytest.raises(StateError, match=f"cannot be locked: the server answered {status}"):
        at(server).lock("pingconf apply").__enter__()


def test_gitlab_does_not_tell_what_the_holder_is_at_and_nothing_is_made_up(gitlab: StateServer) -> None:
    with at(gitlab).lock("pingconf apply"), pytest.raises(LockedError) as caught:
        at(gitlab).lock("pingconf destroy").__enter__()
    held = caught.value.details[0]
    assert held.startswith("Held by jane, since 20") and "pingconf" not in held


def test_the_page_of_the_run_that_holds_it_is_named(server: StateServer) -> None:
    place = RemoteState("http", server.url.partition("://")[2], PATH.removeprefix("/"))
    url = "https://gitlab.example/group/project/-/jobs/17"
    holder = HttpBackend(Server(place, environ_of(server), open_session()), url)
    with holder.lock("pingconf apply"), pytest.raises(LockedError) as caught:
        at(server).lock("pingconf apply").__enter__()
    assert f"Its run: {url}" in caught.value.details
    assert caught.value.details[0].endswith(": pingconf apply")


# ---- answers that are lost, and servers that fail


def losing(server: StateServer, method: str, *, done: bool, times: int = 1) -> Callable[..., Answer]:
    left = [times]

    def before(asked: str, path: str, act: Callable[[], Answer]) -> Answer:
        if asked != method or not left[0]:
            return act()
        left[0] -= 1
        if done:
            act()
        return 0, b""

    return before


@pytest.mark.parametrize("done", [True, False])
def test_a_write_whose_answer_is_lost_is_settled_by_a_look(gitlab: StateServer, done: bool) -> None:
    backend = at(gitlab)
    with backend.lock("pingconf apply"):
        journal = backend.session(State(LINEAGE))
        gitlab.before = losing(gitlab, "POST", done=done)
        journal.append(entries(1)[0])
        journal.append(entries(2)[1])
    assert gitlab.kept[f"{GITLAB}production"].serials == [1, 2]
    assert at(gitlab).read() == journal.state


@pytest.mark.parametrize("done", [True, False])
def test_a_lock_whose_answer_is_lost_is_asked_for_again(server: StateServer, done: bool) -> None:
    server.before = losing(server, "LOCK", done=done)
    run_of(at(server), 1)
    assert server.kept[PATH].lock is None
    assert server.kept[PATH].serials == [1]


def test_a_write_that_is_lost_for_good_breaks_the_journal(server: StateServer) -> None:
    backend = at(server)
    with backend.lock("pingconf apply"):
        journal = backend.session(State(LINEAGE))
        journal.append(entries(1)[0])
        server.before = losing(server, "POST", done=False, times=99)
        with pytest.raises(StateError):
            journal.append(entries(2)[1])
        server.before = lambda method, path, act: act()
        with pytest.raises(StateError, match="no more entries after its first failure"):
            journal.append(entries(2)[1])
        journal.close()
    kept = at(server).read()
    assert kept is not None and kept.serial == 1


def test_a_server_that_does_not_check_the_lock_is_looked_at_before_each_write(server: StateServer) -> None:
    server.checks = False
    backend = at(server)
    journal = backend.session(State(LINEAGE))
    journal.append(entries(1)[0])
    run_of(at(server), 4)
    with pytest.raises(StateError, match="changed since it was read"):
        journal.append(entries(2)[1])
    kept = at(server).read()
    assert kept is not None and kept.serial == 5


def test_a_lock_that_cannot_be_given_back_is_said_and_what_was_done_counts(
    server: StateServer, caplog: pytest.LogCaptureFixture
) -> None:
    backend = at(server)
    with backend.lock("pingconf apply"):
        id = str((server.kept[PATH].lock or {})["ID"])
        server.before = lambda method, path, act: (500, b"{}") if method == "UNLOCK" else act()
    said = [one.getMessage() for one in caplog.records if one.levelno == logging.WARNING]
    assert len(said) == 1 and f"pingconf unlock {id}" in said[0]
    server.before = lambda method, path, act: act()
    assert at(server).unlock(id)


def test_odd_answers_are_no_empty_state(server: StateServer) -> None:
    run_of(at(server), 1)
    for status, body in ((500, b""), (403, b"{}"), (302, b""), (200, b"<html>"), (200, b"{}"), (410, b"")):
        server.before = lambda method, path, act, answer=(status, body): answer  # type: ignore[misc]
        with pytest.raises((StateError, CredentialError)):
            at(server).read()


def test_a_run_log_that_is_refused_is_a_state_error(server: StateServer) -> None:
    server.before = lambda method, path, act: (422, b"{}") if method == "POST" else act()
    with pytest.raises(StateError, match="answered 422"):
        at(server).log({"number": 1})
    server.kept[f"{PATH}-runs"].data = b'{"version": 4, "serial": 1, "runs": [1]}'
    with pytest.raises(StateError, match=r"run log http://.*-runs is damaged"):
        at(server).runs()


def test_no_credential_is_in_any_message(server: StateServer, gitlab: StateServer) -> None:
    for one, status in ((server, 500), (gitlab, 422)):
        secret = HTTP_PASSWORD if one.gitlab else HTTP_TOKEN
        echo = json.dumps({"message": secret}).encode()
        one.before = lambda method, path, act, answer=(status, echo): answer  # type: ignore[misc]
        for act in (at(one).read, lambda one=one: at(one).log({}), lambda one=one: at(one).unlock("x")):
            with pytest.raises(PingconfError) as caught:
                act()
            assert secret not in told(caught.value)
            assert secret not in repr(caught.value.__dict__)


def test_a_writer_of_json_may_write_it_anew(server: StateServer) -> None:
    """Some servers keep JSON, not bytes."""
    backend = at(server)
    journal = backend.session(State(LINEAGE))
    for number in (1, 2, 3):
        journal.append(entries(number)[-1])
        data = server.kept[PATH].data or b""
        server.kept[PATH].data = json.dumps(json.loads(data), separators=(",", ":")).encode()
    assert at(server).read() == journal.state
