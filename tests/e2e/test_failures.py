"""What goes wrong outside the file: one clear message, the documented exit code, nothing half done."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from pingconf.backends.local import LocalBackend
from pingconf.sandbox import IDENTITY_CLIENT_ID, IDENTITY_CLIENT_SECRET, World
from tests.e2e.hands import CONNECTION, RULE
from tests.e2e.makers import Ran, Stage
from tests.e2e.witness import PEOPLE, assert_settled, changes, our_tokens, picture, with_access

COMPLETE = "PingOne and Infisical"
BY_PINGONE = "PingOne could not connect to Infisical with the new token"
BY_INFISICAL = "Infisical's SCIM server does not answer to the new token"


def nothing_was_done(services: Stage, ran: Ran, *said: str) -> None:
    """One message, no write."""
    assert services.wire.writes == []
    assert ran.err.count("Error: ") == 1
    for words in said:
        assert words in ran.err


# ---- the connection test


def failed_test(services: Stage, said: str, code: int, who: str = BY_PINGONE) -> None:
    before = {name: rows for name, rows in picture(services.world).items() if name != "scim_tokens"}
    ran = services.apply(expect=code)
    assert who in ran.err
    assert said in ran.err
    assert "The new secret of infisical.scim_tokens.pingone was revoked; nothing holds it." in ran.err
    assert f"While testing {CONNECTION}." in ran.err
    after = {name: rows for name, rows in picture(services.world).items() if name != "scim_tokens"}
    assert after == before, "nothing was saved in PingOne"
    assert services.wire.lines[-1] == "DELETE /api/v1/scim/scim-tokens/*"


def test_scim_is_not_at_that_path(services: Stage) -> None:
    services.edit(f"{CONNECTION}.base_url", f"{services.url}/api/v1/scam")
    failed_test(services, "answered 404", code=7)
    assert our_tokens(services.world) == []
    services.edit(f"{CONNECTION}.base_url", None)
    services.apply()
    assert_settled(services)


def test_infisical_refuses_the_token(services: Stage) -> None:
    def revoke(world: World) -> None:
        if services.wire.lines[-1] == "POST /api/v1/scim/scim-tokens":
            world.scim_tokens.clear()

    services.wire.after_write = revoke
    failed_test(services, "Infisical does not accept the token", code=7, who=BY_INFISICAL)


@pytest.mark.parametrize("status", ["400", "200"])
def test_a_later_test_fails_and_the_old_token_goes_on(services: Stage, status: str) -> None:
    """What the answer to a failed test looks like is not documented."""
    services.apply()
    services.world.switches = type(services.world.switches)(test_failure=status)  # type: ignore[arg-type]
    old = our_tokens(services.world)
    services.edit(f"{CONNECTION}.users_resource", "/People")
    failed_test(services, "answered 404", code=1)
    assert our_tokens(services.world) == old
    assert services.world.published_on_revoked_token() == ()
    services.edit(f"{CONNECTION}.users_resource", "/Users")
    assert_settled(services)


# ---- credentials


@pytest.fixture
def as_machine(services: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """From now on only a machine identity's credentials are there."""
    monkeypatch.delenv("INFISICAL_TOKEN")
    monkeypatch.setenv("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", IDENTITY_CLIENT_ID)
    monkeypatch.setenv("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET", IDENTITY_CLIENT_SECRET)
    return services


def test_a_machine_identity_plans_but_cannot_apply(as_machine: Stage) -> None:
    planned = as_machine.run("plan")
    assert "Unverified, as they could not be read:" in planned.out
    assert "infisical.scim_tokens.pingone" in planned.out
    ran = as_machine.apply(expect=3)
    nothing_was_done(as_machine, ran, "Infisical lets only a person do that", "infisical login")


def test_a_machine_identity_never_says_that_all_is_well(services: Stage, as_machine: Stage) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INFISICAL_TOKEN", services.world.admin_token())
        services.apply()
    planned = as_machine.run("plan", "--detailed-exitcode")
    assert COMPLETE not in planned.out
    assert "No changes in what could be read; 2 resources are unverified." in planned.out
    document = as_machine.run("plan", "--json").document
    assert document["complete"] is False
    assert document["unverified"] == ["infisical.scim", "infisical.scim_tokens.pingone"]
    drifted = as_machine.run("drift", expect=1)
    assert COMPLETE not in drifted.out
    assert as_machine.apply().out.count(COMPLETE) == 0


def test_a_machine_identity_may_change_a_rule(services: Stage, as_machine: Stage) -> None:
    """That needs no SCIM token; a connection does, and is refused before the first write."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INFISICAL_TOKEN", services.world.admin_token())
        services.apply()
    as_machine.edit(f"{RULE}.name", "Renamed")
    as_machine.apply()
    assert as_machine.wire.lines == ["PUT /propagation/rules/*", "POST /propagation/revisions"]
    as_machine.edit(f"{CONNECTION}.description", "Another")
    nothing_was_done(as_machine, as_machine.apply(expect=3), "only a person")


CREDENTIALS = {
    "PINGONE_CLIENT_SECRET": ("wrong", "PingOne refuses the worker's client id or secret"),
    "INFISICAL_TOKEN": ("eyJhbGciOiJIUzI1NiJ9.e30.AAAA", "Infisical does not accept the token"),
    "PINGONE_API_ACCESS_TOKEN": ("wrong", "PingOne does not accept the access token"),
}


@pytest.mark.parametrize("name", CREDENTIALS)
def test_a_wrong_credential(services: Stage, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    wrong, said = CREDENTIALS[name]
    monkeypatch.setenv(name, wrong)
    if name == "PINGONE_API_ACCESS_TOKEN":
        monkeypatch.delenv("PINGONE_CLIENT_SECRET")
    for command in (["plan"], ["drift"], ["apply", "--auto-approve"]):
        nothing_was_done(services, services.run(*command, expect=3), said)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("PINGONE_CLIENT_SECRET", "No credentials for PingOne"),
        ("INFISICAL_TOKEN", "No credentials for Infisical"),
    ],
)
def test_a_missing_credential(services: Stage, monkeypatch: pytest.MonkeyPatch, name: str, said: str) -> None:
    monkeypatch.delenv(name)
    nothing_was_done(services, services.apply(expect=3), said)


def test_an_expired_token_of_a_person(services: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    world = services.world
    monkeypatch.setenv("INFISICAL_TOKEN", world.user_token("admin@acme.example", timedelta(seconds=-1)))
    nothing_was_done(services, services.apply(expect=3), "The Infisical user's token has expired")
    assert services.wire.calls == []


# ---- the services


def test_an_environment_that_there_is_not(services: Stage) -> None:
    other = "00000000-0000-4000-8000-00000000dead"
    services.edit("pingone.environment_id", other)
    nothing_was_done(
        services, services.apply(expect=1), "PingOne does not find", "environment id may be wrong"
    )


def test_an_organisation_that_there_is_not(services: Stage) -> None:
    other = "00000000-0000-4000-8000-00000000dead"
    services.edit("infisical.organization_id", other)
    ran = services.apply(expect=3)
    nothing_was_done(services, ran, "is for another organisation than the file's", f"is {other}.")
    assert services.wire.calls == [], "the token itself says so"


def test_a_licence_without_scim(services: Stage) -> None:
    services.world.licence["scim"] = False
    nothing_was_done(services, services.apply(expect=1), "licence does not allow this", "Enterprise")


def test_single_sign_on_is_not_active(services: Stage) -> None:
    services.world.oidc["isActive"] = False
    before = picture(services.world)
    ran = services.apply(expect=1)
    assert "Infisical switches SCIM on only where single sign-on is active" in ran.err
    assert "While updating infisical.scim." in ran.err
    assert changes(before, picture(services.world)) == set()


def test_nobody_answers_at_that_address(services: Stage) -> None:
    services.edit("pingone.api_url", "http://127.0.0.1:9/v1")
    nothing_was_done(services, services.run("plan", expect=1), "PingOne cannot be reached at 127.0.0.1")


def test_somebody_else_answers_at_that_address(services: Stage) -> None:
    services.edit("pingone.api_url", f"{services.url}/nowhere/v2")
    nothing_was_done(services, services.run("plan", expect=1), "Check api_url in the file")


# ---- the person and the other run


@pytest.mark.parametrize("answer", ["no\n", "y\n", "", "YES\n"])
def test_only_yes_is_yes(services: Stage, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    ran = services.run("apply", expect=1)
    assert "Apply cancelled; nothing was changed." in ran.err
    assert services.wire.writes == []
    assert with_access(services.world) == frozenset()


def test_yes_is_yes(services: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))
    services.run("apply")
    assert len(with_access(services.world)) == PEOPLE


def test_another_run_holds_the_state(services: Stage) -> None:
    with LocalBackend(services.folder / ".pingconf" / "state.json").lock("pingconf apply"):
        ran = services.apply(expect=6)
        nothing_was_done(services, ran, "is locked by another run", f"process {os.getpid()}")
        began = time.monotonic()
        services.run("apply", "--auto-approve", "--lock-timeout", "0.2", expect=6)
        assert time.monotonic() - began >= 0.2
        services.run("plan")
    services.apply()


WAIT = """
import sys, time
from datetime import timedelta
from pathlib import Path
from pingconf.backends.local import LocalBackend
with LocalBackend(Path(".pingconf/state.json")).lock("pingconf apply"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_another_process_holds_the_state(services: Stage) -> None:
    """And dies: the lock goes with it."""
    holder = subprocess.Popen(
        [sys.executable, "-c", WAIT], cwd=services.folder, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        ran = services.apply(expect=6)
        assert f"process {holder.pid}" in ran.err
        holder.kill()
    services.apply()
    assert_settled(services)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["aply"], 64, "aply"),
        (["apply", "--auto-aprove"], 64, "--auto-aprove"),
        (["plan", "--format", "html"], 64, "html"),
        (["apply", "--json"], 64, "--auto-approve"),
        (["state", "show"], 64, "ADDRESS"),
        (["state", "show", "employees"], 64, "employees"),
        (["--var", "X", "plan"], 64, "--var"),
        (["--chdir", "/nonexistent", "plan"], 64, "/nonexistent"),
        (["-f", "nowhere.yaml", "plan"], 1, "nowhere.yaml"),
        (["state", "list"], 1, "There is no state"),
        (["rotate"], 1, "no SCIM token to rotate yet"),
        (["import"], 64, "import"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage(services: Stage, arguments: list[str], code: int, said: str) -> None:
    ran = services.run(*arguments, expect=code)
    assert ran.out == ""
    assert ran.err.startswith("Error: ")
    assert said in ran.err
    assert services.wire.calls == []
