"""A state that is kept elsewhere, by the commands of a user: apply, plan, pull, push, migrate, unlock."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from pingconf.backends.codec import decode, encode
from pingconf.backends.local import LocalBackend
from pingconf.model.state import State
from tests import canary
from tests.backends import LINEAGE, a_state, stores
from tests.backends.state_server import GITLAB, StateServer, basic, serving
from tests.e2e.hands import RULE
from tests.e2e.makers import Stage
from tests.e2e.witness import assert_settled

PASSWORD: Final = canary.canaries.add("canary-state-server-of-a-user pä$$/8")
PATH: Final = f"{GITLAB}production"


@pytest.fixture
def gitlab(monkeypatch: pytest.MonkeyPatch) -> Iterator[StateServer]:
    """A server like GitLab, and who asks it."""
    monkeypatch.setenv("TF_HTTP_USERNAME", "jane")
    monkeypatch.setenv("TF_HTTP_PASSWORD", PASSWORD)
    with serving(StateServer(gitlab=True, credentials=basic("jane", PASSWORD))) as server:
        yield server


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with stores.moto() as environ:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        yield


def kept(server: StateServer) -> State:
    data = server.kept[PATH].data
    assert data is not None
    return decode(data, "it")


def test_a_story_with_its_state_on_gitlab(services: Stage, gitlab: StateServer) -> None:
    services.edit("state", f"{gitlab.url}{PATH}")
    services.run("-vv", "plan", expect=0)
    assert gitlab.kept.get(PATH) is None or gitlab.kept[PATH].data is None, "a plan writes nothing"
    assert not any("/lock" in one for one in gitlab.asked), "a plan needs no lock"
    services.run("-vv", "apply", "--auto-approve")
    assert_settled(services)
    assert not (services.folder / ".pingconf").exists()
    assert gitlab.kept[PATH].lock is None
    assert RULE in services.run("state", "list").out.split()
    services.edit(f"{RULE}.user_filter", "all")
    services.apply()
    services.run("destroy", "--auto-approve", "--deprovision", "--allow-removals", "40", expect=None)
    assert gitlab.kept[PATH].serials == sorted(set(gitlab.kept[PATH].serials))


def test_a_wrong_password_is_a_credential_that_is_wrong(
    services: Stage, gitlab: StateServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.edit("state", f"{gitlab.url}{PATH}")
    monkeypatch.setenv("TF_HTTP_PASSWORD", canary.canaries.add("canary-a-wrong-password-of-a-user"))
    for command in (["plan"], ["apply", "--auto-approve"], ["state", "list"], ["unlock", "x"]):
        ran = services.run("-vv", *command, expect=3)
        assert "The state server does not allow this: 401" in ran.err
    assert services.wire.writes == []


def test_a_lock_is_named_and_taken_away(services: Stage, gitlab: StateServer) -> None:
    services.edit("state", f"{gitlab.url}{PATH}")
    services.apply()
    gitlab.kept[PATH].lock = {"ID": "id-of-a-dead-run", "Created": "2026-01-01T00:00:00Z"}
    ran = services.run("state", "mv", RULE, "pingone.rules.staff", expect=6)
    assert "Held by jane, since 2026-01-01T00:00:00Z" in ran.err
    assert "If you are sure that it is dead: pingconf unlock id-of-a-dead-run" in ran.err
    assert services.run("plan").code == 0
    assert "has another id: id-of-a-dead-run, not x" in services.run("unlock", "x", expect=6).err
    assert services.run("unlock", "id-of-a-dead-run").out == "Unlocked.\n"
    assert services.run("unlock", "id-of-a-dead-run").out == "It is not locked.\n"
    services.run("state", "mv", RULE, "pingone.rules.staff")


def test_a_holder_with_a_hostile_name_does_no_harm(services: Stage) -> None:
    with serving(StateServer()) as server:
        services.edit("state", f"{server.url}/a")
        services.apply()
        server.kept["/a"].lock = {
            "ID": "x\x1b[2J",
            "Who": "::error::\u202e" + "y" * 5000,
            "Info": "z [https://user:canary@evil.example/]",
        }
        ran = services.run("apply", "--auto-approve", expect=6)
    assert "\x1b" not in ran.err and "\u202e" not in ran.err and len(ran.err) < 2500
    assert "Its run:" not in ran.err
    assert not any(line.lstrip().startswith("::") for line in ran.err.splitlines())


# ---- pull and push


def test_pull_and_push(applied: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulled = applied.run("state", "pull").out
    assert pulled.encode() == (tmp_path / ".pingconf" / "state.json").read_bytes()
    saved = tmp_path / "saved.json"
    saved.write_text(pulled)
    before = (tmp_path / ".pingconf" / "state.json").read_bytes()
    applied.run("state", "push", str(saved))  # the very same: nothing to do
    assert (tmp_path / ".pingconf" / "state.json").read_bytes() == before
    applied.run("state", "rm", RULE)
    ran = applied.run("state", "push", str(saved), expect=1)
    assert "is not older" in ran.err and "--force" in ran.err
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(pulled.encode())))
    ran = applied.run("state", "push", "-", "--force")
    assert RULE in applied.run("state", "list").out.split()
    serial = json.loads(pulled)["serial"]
    assert f"serial {serial + 2}, kept at" in ran.out
    assert_settled(applied)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (b"{}", "does not say which format"),
        (encode(a_state()).replace(b"rule-1", b"rule-2"), "does not match its checksum"),
        (encode(a_state()).replace(b'"1.0"', b'"9.0"'), "has the newer format 9.0"),
        (encode(a_state(99)), "Another state is kept at"),
    ],
)
def test_what_push_refuses(applied: Stage, tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "pushed.json").write_bytes(data)
    before = (tmp_path / ".pingconf" / "state.json").read_bytes()
    ran = applied.run("state", "push", "pushed.json", expect=1)
    assert said in ran.err
    if said != "Another state is kept at":
        ran = applied.run("state", "push", "pushed.json", "--force", expect=1)
        assert said in ran.err
    assert (tmp_path / ".pingconf" / "state.json").read_bytes() == before


def test_push_needs_the_lock_and_a_file(applied: Stage, tmp_path: Path) -> None:
    (tmp_path / "pushed.json").write_bytes(encode(a_state()))
    with LocalBackend(tmp_path / ".pingconf" / "state.json").lock("pingconf apply"):
        applied.run("state", "push", "pushed.json", "--force", expect=6)
        applied.run("state", "push", "pushed.json", "--force", "--lock-timeout", "0.1", expect=6)
    assert "There is no file gone.json" in applied.run("state", "push", "gone.json", expect=64).err


def test_pull_where_nothing_is(services: Stage) -> None:
    ran = services.run("state", "pull", expect=1)
    assert ran.out == "" and "There is no state at" in ran.err


# ---- migrate


def test_a_state_moves_from_a_file_to_gitlab_to_s3(applied: Stage, gitlab: StateServer, s3: None) -> None:
    local = LocalBackend(applied.folder / ".pingconf" / "state.json")
    before = local.read()
    with local.lock("a test"):
        local.log({"number": 1})
        local.log({"number": 2})
    http = f"{gitlab.url}{PATH}"
    applied.edit("state", http)
    ran = applied.run("state", "migrate", ".pingconf/state.json")
    assert f"kept at {http}, and 2 of the log's runs." in ran.out
    assert kept(gitlab) == before == local.read()
    assert_settled(applied)
    assert "and 0 of the log's runs" in applied.run("state", "migrate", ".pingconf/state.json").out
    applied.edit(f"{RULE}.user_filter", "all")
    applied.apply()
    ran = applied.run("state", "migrate", ".pingconf/state.json", expect=1)
    assert "is not older" in ran.err and "Nothing was copied." in ran.err
    applied.edit("state", f"s3://{stores.BUCKET}/production.json")
    ran = applied.run("state", "migrate", http)
    assert "kept at s3://states/production.json, and 3 of the log's runs." in ran.out
    gitlab.before = lambda method, path, act: (500, b"")
    assert_settled(applied)
    applied.run("apply", "--auto-approve", "--replace", "infisical.scim_tokens.pingone")
    assert_settled(applied)


def test_what_migrate_refuses(applied: Stage, gitlab: StateServer, tmp_path: Path) -> None:
    assert (
        "names .pingconf/state.json itself"
        in applied.run("state", "migrate", ".pingconf/state.json", expect=64).err
    )
    applied.edit("state", f"{gitlab.url}{PATH}")
    assert (
        "There is no state at gone/state.json"
        in applied.run("state", "migrate", "gone/state.json", expect=1).err
    )
    assert not (tmp_path / "gone").exists()
    for place in ("ftp://x/y", "https://jane:secret-of-jane@state.example/a", "a/"):
        ran = applied.run("state", "migrate", place, expect=64)
        assert "secret-of-jane" not in ran.err
    with LocalBackend(tmp_path / "other.json").lock("a test"):
        LocalBackend(tmp_path / "other.json").write(a_state())
    applied.run("state", "migrate", ".pingconf/state.json")
    ran = applied.run("state", "migrate", "other.json", expect=1)
    assert "Another state is kept at" in ran.err and LINEAGE in ran.err


# ---- the sandbox and the doctor


def test_reset_of_a_sandbox_with_its_state_elsewhere(sandbox: Stage, gitlab: StateServer) -> None:
    sandbox.edit("state", f"{gitlab.url}{PATH}")
    sandbox.apply()
    assert kept(gitlab).resources
    assert "The sandbox is as new." in sandbox.run("sandbox", "reset").out
    assert not kept(gitlab).resources
    assert kept(gitlab).target == ""
    sandbox.apply()
    sandbox.run("plan", "--detailed-exitcode")


def test_reset_of_a_sandbox_in_a_store(sandbox: Stage, s3: None) -> None:
    sandbox.edit("state", f"s3://{stores.BUCKET}/sandbox.json")
    sandbox.apply()
    sandbox.run("sandbox", "reset")
    assert "There is no state at s3://states/sandbox.json" in sandbox.run("state", "list", expect=1).err
    sandbox.apply()
    sandbox.run("plan", "--detailed-exitcode")


def test_the_doctor_looks_at_it(sandbox: Stage, gitlab: StateServer, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.edit("state", f"{gitlab.url}{PATH}")
    assert f"none yet at {gitlab.url}{PATH}" in sandbox.run("doctor", expect=None).out
    sandbox.apply()
    assert "resources, serial" in sandbox.run("doctor", expect=None).out
    monkeypatch.setenv("TF_HTTP_PASSWORD", "wrong")
    assert "The state server does not allow this" in sandbox.run("doctor", expect=None).out
