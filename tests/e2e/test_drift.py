"""The drift story: cron looks, somebody changes something by hand, and people are told of it once."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from typing import Any, Final

import pytest
from junitparser import JUnitXml
from prometheus_client.openmetrics import parser

from pingconf.operations import watch
from pingconf.operations.embedded import read_world, save_world
from pingconf.sandbox import IDENTITY_CLIENT_ID, IDENTITY_CLIENT_SECRET, World
from tests.canary import Canaries
from tests.e2e.hands import CONNECTION, FIELDS, GROUP, OBJECTS, RULE, Change
from tests.e2e.makers import Ran, Stage
from tests.receiver import Receiver, receiving

read_metrics: Final[Any] = parser.text_string_to_metric_families
SECRET_PATH: Final = "canary-of-the-webhook/T0A1B2"
TOKEN: Final = "infisical.scim_tokens.pingone"
CRON: Final = ("drift", "--state-file", "told.json", "--metrics", "pingconf.prom")
HANDS: Final = tuple(
    next(one for one in (*FIELDS, *OBJECTS) if (one.address, one.path) == wanted)
    for wanted in (
        (CONNECTION, "base_url"),
        (RULE, "user_filter"),
        (RULE, "mappings.givenName"),
        (GROUP, "membership_filter"),
        ("infisical.scim", "enabled"),
        (TOKEN, "id"),
    )
)


@pytest.fixture
def hook(canaries: Canaries, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Told by the environment, as its address is a secret."""
    with receiving(canaries.add(SECRET_PATH)) as receiver:
        monkeypatch.setenv("PINGCONF_NOTIFY", receiver.url)
        yield receiver


def by_hand(stage: Stage, change: Change) -> None:
    """Somebody does it in the sandbox of this folder."""
    path = stage.folder / ".pingconf" / "sandbox.json"
    world = read_world(path)
    assert isinstance(world, World)
    change.act(world)
    save_world(world, path)


def metrics(stage: Stage) -> dict[tuple[str, str], float]:
    """What the collector finds, by name and address."""
    text = (stage.folder / "pingconf.prom").read_text("utf-8")
    samples = [one for family in read_metrics(text) for one in family.samples]
    return {(one.name, one.labels.get("address", "")): one.value for one in samples}


def look(stage: Stage, expect: int) -> Ran:
    """One run of cron: it writes nothing at the services, and a whole file of metrics whatever it finds."""
    ran = stage.run(*CRON, expect=expect)
    assert stage.wire.writes == []
    success = metrics(stage)[("pingconf_drift_look_success", "")]
    assert success == (1 if expect in (0, 2) else success)
    return ran


# ---- the story


def test_the_drift_story(sandbox: Stage, hook: Receiver) -> None:
    sandbox.apply()
    assert "No drift." in look(sandbox, 0).out
    assert hook.take() == []
    for change in HANDS:
        by_hand(sandbox, change)
        found_once_told_once(sandbox, hook, change)
        sandbox.apply()
        told_as_over(sandbox, hook, change)
    assert "No changes." in sandbox.run("plan", "--detailed-exitcode").out


def found_once_told_once(sandbox: Stage, hook: Receiver, change: Change) -> None:
    first = look(sandbox, 2)
    assert first.out.startswith("New:\n\n  since ")
    assert change.path in first.out
    (message,) = hook.take()
    assert message["event"] == "drift"
    assert message["text"].startswith("pingconf: Drift: ")
    assert "New:" in message["text"]
    assert change.address in message["text"]
    found = [(one["address"], one["path"]) for one in message["document"]["drift"]]
    assert (change.address, change.path) in found
    assert metrics(sandbox)[("pingconf_drifted_fields", change.address)] >= 1
    again = look(sandbox, 2)
    assert again.out.startswith("Still there:\n\n  since ")
    assert hook.take() == [], "it was told already"


def told_as_over(sandbox: Stage, hook: Receiver, change: Change) -> None:
    over = look(sandbox, 0).out
    assert over.startswith("No longer there:\n\n  since ")
    assert change.path in over
    (message,) = hook.take()
    assert message["event"] == "resolved"
    assert change.address in message["text"]
    assert message["document"]["drift"] == []
    assert metrics(sandbox)[("pingconf_drifted_fields", change.address)] == 0
    assert look(sandbox, 0).out == "No drift. PingOne and Infisical are as the last apply left them.\n"
    assert hook.take() == []


def test_without_a_file_it_is_told_each_time(sandbox: Stage, hook: Receiver) -> None:
    sandbox.apply()
    by_hand(sandbox, HANDS[1])
    for _ in range(2):
        assert sandbox.run("drift", expect=2).out.startswith("Changed by hand since the last apply:")
        assert [one["event"] for one in hook.take()] == ["drift"]
    sandbox.apply()
    sandbox.run("drift")
    assert hook.take() == []


# ---- nobody can tell


@pytest.fixture
def watched(applied: Stage, hook: Receiver) -> Stage:
    look(applied, 0)
    return applied


def test_an_error_is_told_at_its_beginning_and_its_end(
    watched: Stage, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    HANDS[1].act(watched.world)
    look(watched, 2)
    hook.take()
    with monkeypatch.context() as patch:
        patch.setenv("PINGONE_CLIENT_SECRET", "wrong")
        ran = look(watched, 3)
        assert ran.out == ""
        (message,) = hook.take()
        assert (message["event"], message["document"]) == ("error", None)
        assert message["text"].startswith("pingconf: Could not tell whether there is drift: PingOne ")
        assert "Was there before, and could not be looked at:" in message["text"]
        assert metrics(watched)[("pingconf_drift_look_success", "")] == 0
        look(watched, 3)
        assert hook.take() == [], "it was told already"
    assert "It can be told again. Since " in look(watched, 2).out
    (message,) = hook.take()
    assert message["event"] == "resolved"
    assert "Still there:" in message["text"]
    look(watched, 2)
    assert hook.take() == []


def test_what_could_not_all_be_read_is_neither_drift_nor_none(
    watched: Stage, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine identity sees no tokens: 1, never 0; and 2 where there is drift beside it."""
    monkeypatch.delenv("INFISICAL_TOKEN")
    monkeypatch.setenv("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", IDENTITY_CLIENT_ID)
    monkeypatch.setenv("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET", IDENTITY_CLIENT_SECRET)
    ran = look(watched, 1)
    assert ran.out.endswith("No drift in what could be read; 2 resources are unverified.\n")
    (message,) = hook.take()
    assert message["event"] == "error"
    assert f"Could not tell: not all could be read: infisical.scim, {TOKEN}" in message["text"]
    assert metrics(watched)[("pingconf_drift_look_complete", "")] == 0
    look(watched, 1)
    assert hook.take() == []
    HANDS[1].act(watched.world)
    ran = look(watched, 2)
    assert f"? {TOKEN}" in ran.out
    assert [one["event"] for one in hook.take()] == ["drift"]
    (suite,) = JUnitXml.fromstring(watched.run("drift", "--format", "junit", expect=2).out)
    assert (suite.failures, suite.errors) == (1, 2)


def test_a_bug_is_told_too(watched: Stage, hook: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    def bursts(*_: object) -> None:
        raise KeyError(SECRET_PATH)

    monkeypatch.setattr(watch, "make_drift", bursts)
    watched.run(*CRON, expect=70)
    (message,) = hook.take()
    assert message["event"] == "error"
    assert "There is a bug in pingconf: KeyError" in message["text"]
    assert SECRET_PATH not in message["text"]
    assert metrics(watched)[("pingconf_drift_look_success", "")] == 0


def test_a_service_that_is_down(watched: Stage, hook: Receiver) -> None:
    watched.edit("infisical.url", "http://127.0.0.1:9")
    watched.run(*CRON, expect=1)
    assert [one["event"] for one in hook.take()] == ["error"]


def test_a_file_that_is_wrong_is_told_too(watched: Stage, hook: Receiver) -> None:
    watched.edit(f"{RULE}.user_filtr", "all")
    watched.edit(f"{RULE}.nam", "x")
    watched.run(*CRON, expect=1)
    (message,) = hook.take()
    assert message["event"] == "error"
    assert 'Unknown attribute "user_filtr"' in message["text"]
    assert "And 1 more." in message["text"]


def test_a_damaged_file_of_what_was_told_is_an_error(watched: Stage, hook: Receiver) -> None:
    told = watched.folder / "told.json"
    told.write_bytes(b"{")
    for _ in range(2):
        ran = watched.run(*CRON, expect=1)
        assert "The file of what was told, told.json, is damaged" in ran.err
        assert "Move it away to begin another one" in ran.err
        assert [one["event"] for one in hook.take()] == ["error"]
    assert told.read_bytes() == b"{"
    assert metrics(watched)[("pingconf_drift_look_success", "")] == 0


# ---- telling fails


def test_a_notification_that_fails_hides_no_drift_and_is_told_later(watched: Stage, hook: Receiver) -> None:
    HANDS[1].act(watched.world)
    hook.status = 404
    for _ in range(2):
        ran = watched.run("-q", *CRON, expect=2)
        assert ran.out.startswith("New:")
        assert "Warning: What was seen could not be told: The webhook at http://127.0.0.1 refused" in ran.err
    hook.status = 200
    look(watched, 2)
    assert [one["event"] for one in hook.take()] == ["drift"]
    watched.apply()
    hook.status = 500
    ran = watched.run(*CRON, expect=1)
    assert "could not be told" in ran.err
    hook.status = 200
    look(watched, 0)
    assert [one["event"] for one in hook.take()] == ["resolved"]


def test_what_cannot_be_written_hides_no_drift(watched: Stage, hook: Receiver) -> None:
    HANDS[1].act(watched.world)
    nowhere = ("--metrics", "missing/x.prom")
    ran = watched.run("drift", *nowhere, expect=2)
    assert "Cannot write missing/x.prom" in ran.err
    watched.apply()
    watched.run("drift", *nowhere, expect=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PINGONE_CLIENT_SECRET", "wrong")
        ran = watched.run("drift", *nowhere, expect=3)
    assert "Cannot write missing/x.prom" in ran.err
    assert "Error: " in ran.err


def test_files_are_for_whom_they_should_be(watched: Stage) -> None:
    modes = {
        name: stat.S_IMODE((watched.folder / name).stat().st_mode) for name in ("told.json", "pingconf.prom")
    }
    assert modes == {"told.json": 0o600, "pingconf.prom": 0o644}
    assert not list(watched.folder.glob("*.tmp"))


def test_an_address_that_is_none(watched: Stage, hook: Receiver) -> None:
    ran = watched.run("drift", "--notify", f"http://alerts.example/{SECRET_PATH}", expect=64)
    assert "Address 1 to notify (--notify, PINGCONF_NOTIFY) is plain http:// to alerts.example" in ran.err
    assert watched.wire.calls == []


# ---- metrics


def test_what_is_measured(watched: Stage) -> None:
    found = metrics(watched)
    assert found[("pingconf_rule_people", RULE)] == 36
    assert found[("pingconf_connection_sync_failures", CONNECTION)] == 0
    left = found[("pingconf_scim_token_left_seconds", TOKEN)]
    assert 364 * 86_400 < left <= 365 * 86_400
    looked = found[("pingconf_drift_look_timestamp_seconds", "")]
    assert (
        looked - 3_600 < found[("pingconf_connection_last_sync_timestamp_seconds", CONNECTION)] <= looked + 1
    )
    assert looked - 3_600 < found[("pingconf_revision_timestamp_seconds", "")] <= looked + 1
