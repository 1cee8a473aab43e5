"""The token goes from Infisical's answer into PingOne's request, and nowhere else."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pingconf.sandbox import CLIENT_SECRET
from tests.canary import Canaries, report
from tests.e2e.hands import CONNECTION, store
from tests.e2e.makers import Ran, Stage, run_apart

TOKEN = "infisical.scim_tokens.pingone"
MISTAKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.pasted.into-the-file"


def tokens_held(stage: Stage) -> Iterator[str]:
    """Every secret that a connection holds or held when it was published."""
    for row in [*stage.world.stores.values(), *stage.world.published.get("stores", [])]:
        if "OAUTH_ACCESS_TOKEN" in row.get("configuration", {}):
            yield str(row["configuration"]["OAUTH_ACCESS_TOKEN"])


def a_whole_life(stage: Stage) -> list[Ran]:
    """Everything that touches a token, as talkative as can be; also what fails."""
    talk = ("-vv", "--log-format", "json")
    ran = [stage.run(*talk, "plan"), stage.run(*talk, "apply", "--auto-approve")]
    secrets = list(tokens_held(stage))
    stage.edit(f"{TOKEN}.ttl_days", 90)
    ran += [stage.run(*talk, "plan", "--json"), stage.run(*talk, "apply", "--auto-approve", "--json")]
    secrets += tokens_held(stage)
    stage.edit(f"{CONNECTION}.users_resource", "/People")
    ran += [stage.run("-v", "apply", "--auto-approve", expect=1), stage.run("drift", "--json")]
    stage.edit(f"{CONNECTION}.users_resource", "/Users")
    store(stage.world)["configuration"]["AUTHORIZATION_TYPE"] = "Basic"
    ran += [stage.run(*talk, "drift", expect=2), stage.apply()]
    secrets += tokens_held(stage)
    ran += [stage.run("state", "list"), stage.run("state", "show", CONNECTION, "--json")]
    ran += [stage.run("state", "show", TOKEN), stage.run(*talk, "destroy", "--auto-approve")]
    assert len(set(secrets)) == 3 - (stage.world.switches.secrets_in_get == "clear"), (
        "one could be sent again"
    )
    stage.secrets.extend(set(secrets))
    return ran


def findings(stage: Stage, texts: list[str]) -> str:
    """Where any secret of the run shows, in whatever spelling; nothing, if all is well."""
    watch = Canaries()
    secrets = {*stage.secrets, CLIENT_SECRET, os.environ["INFISICAL_TOKEN"], stage.world.signing_secret}
    for secret in secrets:
        watch.add(secret)
        if secret.count(".") == 2:
            watch.add(secret.rpartition(".")[2])  # the signature alone would do
    for number, text in enumerate(texts):
        watch.watch_output(text, f"output {number}")
    found = watch.scan(stage.folder)
    return report(found) if found else ""


@pytest.mark.parametrize("shown", ["absent", "masked", "clear"])
def test_no_secret_is_written_down(services: Stage, caplog: pytest.LogCaptureFixture, shown: str) -> None:
    """Also where PingOne shows a connection's token in clear, as a recorded example does."""
    services.world.switches = type(services.world.switches)(secrets_in_get=shown)  # type: ignore[arg-type]
    ran = a_whole_life(services)
    talkative = [
        any(line.startswith(("PingOne ", '{"time"')) for line in one.err.splitlines()) for one in ran
    ]
    assert talkative == [True] * 5 + [False] + [True] + [False] * 4 + [True], "each is as loud as it was told"
    texts = [*(one.out + one.err for one in ran), caplog.text]
    assert findings(services, texts) == ""


def test_the_search_would_find_one(services: Stage) -> None:
    services.apply()
    secret = next(tokens_held(services))
    services.secrets.append(secret)
    assert "output 0" in findings(services, [f"Bearer {secret}"])


def test_what_a_service_shows_in_clear_is_no_drift(services: Stage) -> None:
    services.world.switches = type(services.world.switches)(secrets_in_get="clear")
    services.apply()
    services.run("plan", "--detailed-exitcode")
    services.run("drift")


def test_a_secret_in_the_file_is_refused_and_not_repeated(services: Stage) -> None:
    services.edit("infisical.token", MISTAKEN)
    ran = services.run("plan", expect=1)
    assert "A secret stands in the file: infisical.token" in ran.err
    assert MISTAKEN not in ran.err
    services.file.unlink()


def test_a_bug_says_nothing_of_values(services: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an exception's text holds, nobody knows."""
    from pingconf.clients.pingone import PingOne

    def stumble(*_: object, **__: object) -> None:
        raise RuntimeError(MISTAKEN)

    monkeypatch.setattr(PingOne, "check_connection", stumble)
    ran = services.apply(expect=70)
    assert "This is a bug in pingconf" in ran.err
    assert MISTAKEN not in ran.out + ran.err
    monkeypatch.undo()


def test_reading_commands_send_gets_only(services: Stage) -> None:
    services.apply()
    for command in (["plan"], ["plan", "--json"], ["plan", "--destroy"], ["drift"], ["drift", "--json"]):
        services.run(*command)
        assert {call.method for call in services.wire.calls if not call.asks_for_token} == {"GET"}
        assert [call.line for call in services.wire.calls if call.asks_for_token] == [
            f"POST /{services.world.environment_id}/as/token".replace(services.world.environment_id, "*")
        ]
    for command in (["validate"], ["state", "list"], ["version"], ["state", "show", CONNECTION]):
        services.run(*command, expect=None)
        assert services.wire.calls == []


def test_plan_needs_no_state_and_makes_none(services: Stage) -> None:
    services.run("plan")
    services.run("drift")
    assert [path.name for path in services.folder.iterdir()] == ["pingconf.yaml"]


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder / ".pingconf").rglob("*")}


def test_files_are_for_their_owner_only(services: Stage) -> None:
    umask = os.umask(0o000)
    try:
        services.apply()
        services.edit(f"{CONNECTION}.name", "Renamed")
        services.apply()
        done = run_apart(services.folder, dict(os.environ), "--sandbox", "apply", "--auto-approve")
    finally:
        os.umask(umask)
    assert done.code != 70
    assert set(modes(services.folder).values()) == {0o600}
    assert stat.S_IMODE((services.folder / ".pingconf").stat().st_mode) == 0o700


def test_the_sandbox_keeps_no_token_either(sandbox: Stage) -> None:
    sandbox.apply()
    assert {"sandbox.json", "state.json"} <= modes(sandbox.folder).keys()
    assert set(modes(sandbox.folder).values()) == {0o600}
    for path in (sandbox.folder / ".pingconf").iterdir():
        assert b"eyJ" not in path.read_bytes()
