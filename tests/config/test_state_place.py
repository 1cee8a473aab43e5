"""Where a state may be kept: what is taken, and what is refused without being repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from pingconf.config.state_place import state_place, state_problem
from pingconf.model.settings import RemoteState
from tests.config.makers import COMPLETE, read

TAKEN = {
    "https://state.example/a/b": RemoteState("https", "state.example", "a/b"),
    "https://State.Example:8443/a/": RemoteState("https", "state.example:8443", "a"),
    "https://gitlab.example/api/v4/projects/group%2Fname/terraform/state/pingconf": RemoteState(
        "https", "gitlab.example", "api/v4/projects/group%2Fname/terraform/state/pingconf"
    ),
    "http://127.0.0.1:8080/state": RemoteState("http", "127.0.0.1:8080", "state"),
    "http://localhost/state": RemoteState("http", "localhost", "state"),
    "http://[::1]:8080/state": RemoteState("http", "[::1]:8080", "state"),
    "s3://my-bucket/pingconf/state.json": RemoteState("s3", "my-bucket", "pingconf/state.json"),
    "gs://my_bucket.example/state": RemoteState("gs", "my_bucket.example", "state"),
    "az://container/env=prod/state.json": RemoteState("az", "container", "env=prod/state.json"),
}
REFUSED = {
    "https://user:correct-horse@state.example/a": "state cannot hold a user name or password",
    "https://correct-horse@state.example/a": "state cannot hold a user name or password",
    "s3://key:correct-horse@bucket/a": "state cannot hold a user name or password",
    "https://state.example/a?token=correct-horse": "state cannot hold ? or #",
    "s3://bucket/a#correct-horse": "state cannot hold ? or #",
    "http://state.example/a": "state must start with https://",
    "http://127.0.0.1.example/a": "state must start with https://",
    "https://state.example:0/a": "state names no valid host and port",
    "https://state.example:99999/a": "state names no valid host and port",
    "https:///a": "state names no valid host and port",
    "https://state.example": "state names no document",
    "https://state.example/": "state names no document",
    "https://state.example/a/../b": "state names no document",
    "https://state.example/a b": "state names no document",
    "https://state.example/a\x1b[31m": "state names no document",
    "https://state.example/" + "a" * 1000: "state is too long for an address",
    "s3://bucket": "state names no object in the bucket",
    "az://container/": "state names no object in the container",
    "az://container/a/": "state names no object in the container",
    "s3://Bucket/a": "state names no valid bucket",
    "s3://bucket/a//b": "state names an object with odd characters",
    "s3://bucket/../a": "state names an object with odd characters",
    "ftp://state.example/a": "state cannot be kept at an address that starts with ftp://",
    "azure://container/a": "state cannot be kept at an address that starts with azure://",
}


@pytest.mark.parametrize("text", TAKEN, ids=lambda text: text[:40])
def test_an_address_is_taken(text: str) -> None:
    assert state_problem(text) == ()
    assert state_place(text, Path("x")) == TAKEN[text]
    assert read(COMPLETE + f"state: {text}\n").state == TAKEN[text]


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text)[:40])
def test_an_address_is_refused_and_not_repeated(text: str) -> None:
    headline, *details = state_problem(text)
    assert headline.startswith(REFUSED[text])
    assert "correct-horse" not in "".join((headline, *details))


def test_an_address_says_where_it_is_in_the_spelling_of_the_file() -> None:
    for text, place in TAKEN.items():
        assert str(place).lower() == text.rstrip("/").lower()


def test_an_address_may_come_from_a_variable() -> None:
    configuration = read(COMPLETE + "state: s3://bucket/${ENVIRONMENT}/state.json\n")
    assert configuration.state == RemoteState("s3", "bucket", "env-1/state.json")
