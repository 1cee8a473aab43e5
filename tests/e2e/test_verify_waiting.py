"""verify waits for PingOne, within bounds, and tells apart what it may not see from what is fine."""

from __future__ import annotations

import pytest

from pingconf.clients.retry import Patience
from pingconf.operations import session
from pingconf.sandbox import IDENTITY_CLIENT_ID, IDENTITY_CLIENT_SECRET
from tests.e2e.hands import CONNECTION, store
from tests.e2e.makers import Stage
from tests.e2e.test_verify import PRIYA, differences, fails, member, remove, team
from tests.e2e.witness import PEOPLE

# ---- waiting


@pytest.fixture
def waits(applied: Stage, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long verify waits, each time, without anybody waiting."""
    slept: list[float] = []
    monkeypatch.setattr(session, "Patience", lambda sleep, over: Patience(slept.append))
    return slept


def test_it_waits_until_pingone_is_done(applied: Stage, waits: list[float]) -> None:
    applied.world.syncing[store(applied.world)["id"]] = 2
    ran = applied.run("verify")
    assert waits == [5.0, 5.0]
    at_it = f"PingOne: {CONNECTION} is at it, {PEOPLE} of {PEOPLE}\n"
    assert ran.err == f"{at_it}PingOne: {CONNECTION} is done\n", "a line per change, not per look"


def test_waiting_has_an_end(applied: Stage, waits: list[float]) -> None:
    applied.world.syncing[store(applied.world)["id"]] = 1000
    ran = applied.run("verify", "--wait", "12", expect=1)
    assert waits == [5.0, 5.0, 2.0]
    assert ran.out.endswith("PingOne has not settled yet. What could be seen does not differ.\n")
    applied.run("verify", "--wait", "0", expect=1)
    assert len(waits) == 3, "0 looks once"
    remove(applied.world, PRIYA)
    ran = applied.run("verify", "--wait", "0", expect=8)
    assert ran.out.endswith("1 difference: 1 missing. PingOne has not settled, so that may change.\n")


def test_a_sync_that_is_older_than_the_revision_is_not_believed(applied: Stage, waits: list[float]) -> None:
    store(applied.world)["syncStatus"]["lastSyncAt"] = "2020-01-01T00:00:00.000Z"
    document = applied.run("verify", "--json", "--wait", "5", expect=1).document
    assert (document["settled"], waits) == (False, [5.0])


def test_ctrl_c_ends_it(applied: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "Patience", lambda sleep, over: Patience(interrupted))
    applied.world.syncing[store(applied.world)["id"]] = 1000
    assert "Error: Interrupted\n" in applied.run("verify", expect=130).err


def test_quiet_is_quiet(applied: Stage, waits: list[float]) -> None:
    applied.world.syncing[store(applied.world)["id"]] = 1
    assert applied.run("-q", "verify").err == ""


# ---- credentials


def as_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INFISICAL_TOKEN")
    monkeypatch.setenv("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", IDENTITY_CLIENT_ID)
    monkeypatch.setenv("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET", IDENTITY_CLIENT_SECRET)


def test_a_machine_identity_sees_no_members(applied: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    as_machine(monkeypatch)
    ran = applied.run("verify", expect=1)
    assert "  could not tell  Infisical's members: the credential is a machine identity's" in ran.out
    assert ran.out.endswith("Not all could be verified. What could be seen does not differ.\n")
    document = applied.run("verify", "--json", expect=1).document
    assert (document["members"], document["complete"]) == (None, False)


def test_a_machine_identity_sees_groups(applied: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    as_machine(monkeypatch)
    del team(applied.world, "Engineering")["members"][member(applied.world, PRIYA)["id"]]
    assert [one[:2] for one in differences(applied)] == [("group_member_missing", PRIYA)]


@pytest.mark.parametrize("name", ["INFISICAL_TOKEN", "PINGONE_CLIENT_SECRET"])
def test_a_wrong_credential(applied: Stage, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "wrong-credential-0123456789")
    ran = applied.run("verify", expect=3)
    assert ran.out == "" and "wrong-credential" not in ran.err


def test_infisical_is_broken(applied: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pingconf.operations.verify_evidence.Infisical.members", fails)
    ran = applied.run("verify", expect=1)
    assert ran.out == "" and "Error: Out of order\n" in ran.err
