"""status: how everything stands, read and never changed; what cannot be read is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pingconf.model.errors import ServiceError
from tests.e2e.hands import CONNECTION, RULE, delete_connection, store
from tests.e2e.makers import Json, Stage
from tests.e2e.test_verify_waiting import as_machine
from tests.e2e.witness import PEOPLE

TOKEN = "infisical.scim_tokens.pingone"


def status(stage: Stage, expect: int = 0) -> Json:
    document: Json = stage.run("status", "--json", expect=expect).document
    assert stage.wire.writes == []
    assert document["format_version"] == "1.0"
    return document


def test_after_an_apply(services: Stage) -> None:
    services.apply()
    now = status(services)
    assert (now["state"]["serial"], now["state"]["uncommitted"], now["state"]["pending"]) == (1, False, [])
    assert now["state"]["where"].endswith("state.json")
    ids = {one["address"]: one["id"] for one in now["resources"]}
    assert ids[CONNECTION] == store(services.world)["id"]
    (token,) = now["tokens"]
    assert (token["address"], token["id"], token["there"], token["days_left"]) == (
        TOKEN,
        ids[TOKEN],
        True,
        364,
    )
    latest = list(services.world.revisions)[-1]
    assert (now["revision"]["id"], now["revision"]["ours"], now["revision"]["unpublished"]) == (
        latest,
        True,
        [],
    )
    (one,) = now["connections"]
    assert (one["total"], one["succeeded"], one["failed"], one["settled"]) == (PEOPLE, PEOPLE, 0, True)
    assert (now["last_run"]["command"], now["last_run"]["outcome"]) == ("apply", "done")
    assert now["unverified"] == []


def test_as_text(services: Stage) -> None:
    services.apply()
    blocks = services.run("status").out.split("\n\n")
    titles = ["State", "Resources", "SCIM tokens", "Revision", "Connections", "Last run"]
    assert [block.splitlines()[0] for block in blocks] == titles
    assert f"  {TOKEN}   364 days left, until " in blocks[2]
    assert f"  {CONNECTION}   {PEOPLE} of {PEOPLE} done, 0 failed, last 20" in blocks[4]
    assert ": done, 6 added, 1 changed" in blocks[5]


def test_nothing_yet(services: Stage) -> None:
    now = status(services)
    assert (now["state"]["lineage"], now["resources"], now["tokens"], now["connections"]) == (
        None,
        [],
        [],
        [],
    )
    assert (now["revision"], now["last_run"]) == (None, None)
    assert "none yet; the first apply makes it" in services.run("status").out
    assert services.wire.calls == [], "there is nothing to ask about"


def test_what_was_changed_by_hand_and_not_published(applied: Stage) -> None:
    row = store(applied.world)
    row["updatedAt"] = (datetime.now(UTC) + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert status(applied)["revision"]["unpublished"] == ["connection Infisical"]


def test_a_revision_of_somebody_else(applied: Stage) -> None:
    applied.world.revisions["x"] = {"id": "x", "createdAt": applied.world.stamp(), "createdBy": {}}
    revision = status(applied)["revision"]
    assert (revision["id"], revision["ours"]) == ("x", False)


def test_an_apply_that_stopped(services: Stage) -> None:
    services.wire.break_write(5, "lost")
    services.apply(expect=7)
    services.wire.mend()
    now = status(services)
    assert now["state"]["pending"] == [CONNECTION]
    assert now["state"]["uncommitted"] is True
    assert now["last_run"]["outcome"] == "failed"
    out = services.run("status").out
    assert f"{CONNECTION}; the next apply looks what became of it" in out
    assert "no: the last apply stopped before its revision" in out


def test_a_token_that_is_gone_or_has_expired(applied: Stage) -> None:
    row = next(
        one for one in applied.world.scim_tokens.values() if one["description"].startswith("PingOne [")
    )
    row["createdAt"] = "2020-01-01T00:00:00.000Z"
    assert f"{TOKEN}   has expired, on 2020-12-31 00:00:00Z" in applied.run("status").out
    del applied.world.scim_tokens[row["id"]]
    assert f"{TOKEN}   is not at Infisical any more" in applied.run("status").out
    assert status(applied)["tokens"][0]["there"] is False


def test_a_connection_that_is_gone_or_at_it(applied: Stage) -> None:
    applied.world.syncing[store(applied.world)["id"]] = 1
    assert "; PingOne is still at it" in applied.run("status").out
    store(applied.world)["syncStatus"] |= {"failedCount": 2, "failedDeprovisionCount": 1}
    assert "3 failed" in applied.run("status").out
    delete_connection(applied.world)
    assert f"{CONNECTION}   is not in PingOne any more" in applied.run("status").out


def test_a_machine_identity_sees_no_tokens(applied: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    as_machine(monkeypatch)
    now = status(applied)
    assert now["tokens"] is None and now["connections"] is not None
    assert now["unverified"][0].startswith("Infisical refuses this kind of token")
    assert "Could not be read: Infisical refuses this kind of token" in applied.run("status").out


@pytest.mark.parametrize(
    ("name", "left"), [("INFISICAL_TOKEN", "connections"), ("PINGONE_CLIENT_SECRET", "tokens")]
)
def test_a_wrong_credential(applied: Stage, monkeypatch: pytest.MonkeyPatch, name: str, left: str) -> None:
    """What the other service shows is shown."""
    monkeypatch.setenv(name, "wrong-credential-0123456789")
    now = status(applied, expect=3)
    assert now[left] is not None
    assert len(now["unverified"]) >= 1


def test_a_service_that_is_out_of_order(applied: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ServiceError("Out of order: \x1b[2J")

    monkeypatch.setattr("pingconf.operations.status.read_syncs", fails)
    ran = applied.run("status", expect=1)
    assert "Could not be read: Out of order: \\x1b[2J" in ran.out
    assert f"  {RULE} " in ran.out


def test_a_damaged_run_log(services: Stage) -> None:
    services.apply()
    (services.folder / ".pingconf" / "state.json.runs").write_bytes(b"{]\n")
    now = status(services, expect=1)
    assert now["last_run"] is None
    assert "is damaged in line 1" in now["unverified"][0]
