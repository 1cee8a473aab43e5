"""When all is well, before the first apply, and what becomes of a fault that others hang on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from tests.doctor.at_infisical import MACHINE
from tests.doctor.cases import ELSEWHERE, Line, lines_of, switched, troubles
from tests.e2e.makers import Stage

OLDER_SERVER: Final = "infisical.email_domains"
"""What alone cannot be looked at here: a server of June 2025 does not ask for it."""


def test_all_is_well_after_an_apply(applied: Stage) -> None:
    ran = applied.run("doctor")
    lines = lines_of(ran)
    assert troubles(ran) == []
    assert [one.name for one in lines if one.symbol == "-"] == [OLDER_SERVER]
    assert len({one.name for one in lines}) == len(lines)
    assert [one for one in lines if one.mend] == []
    assert ran.out.splitlines()[-1] == f"All is well: {len(lines) - 1} ok, 0 warnings, 0 failed, 1 skipped."
    assert ran.err == ""


def test_nothing_but_gets_is_sent(applied: Stage) -> None:
    applied.run("doctor")
    sent = {(call.method, call.path) for call in applied.wire.calls if call.method != "GET"}
    assert sent == {("POST", f"/{applied.world.environment_id}/as/token")}


def test_before_the_first_apply_it_says_what_that_will_do(services: Stage) -> None:
    ran = services.run("doctor")
    said = {one.name: one.seen for one in lines_of(ran)}
    assert troubles(ran) == []
    made = [name for name, seen in said.items() if seen == "not there yet; pingconf apply makes it"]
    assert made == [
        "pingone.plan",
        "pingone.connections.infisical",
        "pingone.groups.engineering",
        "pingone.rules.employees",
        "infisical.scim_tokens.pingone",
    ]
    assert said["infisical.scim"] == "off; pingconf apply turns it on"
    assert said["pingone.revision"] == "none yet; pingconf apply makes it"
    assert said["state"] == "none yet at .pingconf/state.json; the first apply makes it"
    assert not (services.folder / ".pingconf").exists()
    assert services.wire.writes == []


def test_as_json(applied: Stage) -> None:
    applied.edit("pingone.groups.all_staff.name", "All Staf")
    document = applied.run("doctor", "--json", expect=1).document
    assert list(document) == ["format_version", "checks", "summary"]
    assert document["format_version"] == "1.0"
    assert {tuple(one) for one in document["checks"]} == {("name", "status", "seen", "mend")}
    failed = [one for one in document["checks"] if one["status"] == "failed"]
    assert [(one["name"], one["seen"]) for one in failed] == [
        ("pingone.groups.all_staff", 'PingOne has no group called "All Staf"')
    ]
    assert failed[0]["mend"].startswith("Correct its name")
    number = {
        status: sum(one["status"] == status for one in document["checks"]) for status in document["summary"]
    }
    assert document["summary"] == number
    assert list(number) == ["ok", "warning", "failed", "skipped"]


def skipped(stage: Stage, code: int) -> set[str]:
    """Why something was not looked at, each reason once."""
    lines = lines_of(stage.run("doctor", expect=code))
    return {one.seen for one in lines if one.symbol == "-" and one.name != OLDER_SERVER}


def test_what_hangs_on_a_fault_is_skipped_and_says_so(
    applied: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what hangs on what hangs on it: there is one culprit."""
    monkeypatch.setenv("PINGONE_CLIENT_SECRET", "canary-in-passing-6Hw2")
    assert skipped(applied, 3) == {"not looked at, as pingone.worker failed"}
    asked = [call for call in applied.wire.calls if "/environments/" in call.path]
    assert asked == [], "nobody is asked in vain"


def test_a_user_who_is_refused_is_not_asked_about(applied: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INFISICAL_TOKEN")
    assert skipped(applied, 3) == {"not looked at, as infisical.credential failed"}


def test_a_machine_identity_is_shown_little(applied: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    MACHINE(applied, monkeypatch)
    lines = {one.name: one for one in lines_of(applied.run("doctor"))}
    hidden = [name for name, one in lines.items() if one.seen == "only a person's token shows it"]
    assert hidden == [
        "infisical.permission",
        "infisical.sso",
        "infisical.scim",
        OLDER_SERVER,
        "infisical.scim_tokens.pingone",
        "infisical.scim_tokens.orphans",
    ]
    assert lines["infisical.licence"] == Line("✓", "infisical.licence", "it includes scim and groups")


@pytest.mark.parametrize("readable_by", ["any", "environment_admin"])
def test_a_worker_without_roles(applied: Stage, monkeypatch: pytest.MonkeyPatch, readable_by: str) -> None:
    switched(environment_readable_by=readable_by)(applied, monkeypatch)
    applied.world.worker["roles"] = []
    ran = applied.run("doctor", expect=3)
    assert [one.name for one in troubles(ran)] == [
        "pingone.roles.environment_admin",
        "pingone.roles.identity_data_admin",
    ]
    said = {one.name: one.seen for one in lines_of(ran)}
    assert said["pingone.environment"] == "none of the worker's roles lets it look"
    applied.world.worker["roles"] = ["Identity Data Admin"]
    said = {one.name: one.seen for one in lines_of(applied.run("doctor", expect=3))}
    seen = {"any": "Acme (SANDBOX) at *", "environment_admin": "it is there; its name may not be read"}
    assert said["pingone.environment"].replace("127.0.0.1", "*") == seen[readable_by]


@pytest.mark.parametrize(("minutes", "said"), [(5, "ahead of"), (-5, "behind")])
def test_clocks_that_differ(applied: Stage, minutes: int, said: str) -> None:
    """By less than a minute they may; nothing else is wrong, as tokens live longer than that."""
    applied.world.clock = lambda: datetime.now(UTC) + timedelta(minutes=minutes)
    found = troubles(applied.run("doctor"))
    assert [one.name for one in found] == ["pingone.clock", "infisical.clock"]
    for one in found:
        assert f" seconds {said} the clock of this machine" in one.seen
        assert abs(int(one.seen.partition(" ")[0]) - 300) <= 2
    applied.world.clock = lambda: datetime.now(UTC) + timedelta(seconds=50)
    assert troubles(applied.run("doctor")) == []


def test_email_domains_that_are_verified(applied: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    switched(infisical_release="2026")(applied, monkeypatch)
    row = {"id": ELSEWHERE, "domain": "acme.example", "status": "pending", "verifiedAt": None}
    applied.world.email_domains = {ELSEWHERE: row}
    assert [one.name for one in troubles(applied.run("doctor", expect=1))] == ["infisical.email_domains"]
    applied.world.email_domains[ELSEWHERE] = {**row, "status": "verified"}
    lines = {one.name: one.seen for one in lines_of(applied.run("doctor"))}
    assert lines["infisical.email_domains"] == "verified: acme.example"


# ---- the file and the state


def test_a_file_with_faults(applied: Stage) -> None:
    applied.edit("pingone.rules.employees.user_filtr", "all")
    applied.edit("pingone.rules.employees.conection", "infisical")
    ran = applied.run("doctor", expect=1)
    first, *others = lines_of(ran)
    assert (first.symbol, first.name) == ("✗", "file")
    assert "pingconf.yaml:" in first.seen
    assert first.seen.endswith("in pingone.rules.employees (and 1 more)")
    assert first.mend.endswith("See all: pingconf validate")
    assert others == [Line("-", name, "not looked at, as file failed") for name in ("pingone", "infisical")]
    assert applied.wire.calls == []


def test_a_file_with_a_warning(services: Stage) -> None:
    services.edit("infisical.scim_tokens.pingone.ttl_days", 0)
    (found,) = troubles(services.run("doctor"))
    assert found.name == "file"
    assert "with a warning: pingconf.yaml:" in found.seen


def test_a_state_that_cannot_be_read(applied: Stage) -> None:
    (applied.folder / ".pingconf" / "state.json").write_text("{")
    ran = applied.run("doctor", expect=1)
    (found,) = troubles(ran)
    assert found.name == "state"
    assert "state.json" in found.seen
    lines = {one.name: one.seen for one in lines_of(ran)}
    assert lines["pingone.connections.infisical"] == "not looked at, as state failed"
    assert lines["pingone.rules.employees.user_filter"] == "36 people in scope"


def test_a_state_about_another_environment(applied: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINGONE_TARGET_ENVIRONMENT_ID", ELSEWHERE)
    found = {one.name: one for one in troubles(applied.run("doctor", expect=1))}
    assert list(found) == ["state", "pingone.environment"]
    assert found["state"].seen.endswith("state.json is about another environment or organisation")
    assert found["state"].mend.endswith("or check the ids and --sandbox.")


def test_an_apply_that_stopped_in_the_middle(services: Stage) -> None:
    """The answer to the creation of the connection was lost: the next apply looks before it acts."""
    services.wire.break_write(5, "lost")
    services.apply(expect=7)
    assert services.wire.lines[-1] == "POST /propagation/stores"
    services.wire.mend()
    ran = services.run("doctor")
    (found,) = troubles(ran)
    stopped = "the last apply stopped in the middle of pingone.connections.infisical; not all is published"
    assert (found.name, found.seen) == ("state", stopped)
    said = {one.name: one.seen for one in lines_of(ran)}
    assert said["pingone.connections.infisical"] == "the last apply stopped while making it; see state"
    assert said["pingone.revision"] == "the last apply stopped before it; see state"
    services.apply()
    assert troubles(services.run("doctor")) == []


def test_the_last_write_of_an_apply_is_lost(services: Stage) -> None:
    services.apply()
    services.edit("pingone.rules.employees.groups", [])
    services.wire.break_write(2, "refused")
    services.apply(expect=7)
    services.wire.mend()
    (found,) = troubles(services.run("doctor"))
    assert found.name == "state"
    assert found.seen == "the last apply stopped in the middle of pingone.revision; not all is published"
    services.apply()
    assert troubles(services.run("doctor")) == []


# ---- less than everything


@pytest.mark.parametrize("kept", ["infisical", "pingone"])
def test_a_file_for_one_service(services: Stage, kept: str) -> None:
    document = services.document()
    for section in ("connections", "rules"):
        del document["pingone"][section]
    services.write({name: document[name] for name in ("version", kept)})
    names = {one.name.partition(".")[0] for one in lines_of(services.run("doctor"))}
    assert names == {"file", "state", kept}


def test_a_file_that_holds_nothing(services: Stage) -> None:
    services.write({"version": 1})
    assert [one.name for one in lines_of(services.run("doctor"))] == ["file", "state"]
    assert services.wire.calls == []


def test_on_the_sandbox_nothing_is_kept(sandbox: Stage) -> None:
    assert troubles(sandbox.run("doctor")) == []
    assert not (sandbox.folder / ".pingconf").exists()


def test_a_directory_that_is_larger_than_a_page(services: Stage) -> None:
    some = next(iter(services.world.users.values()))
    for number in range(300):
        id = f"{number:08x}-0000-4000-8000-000000000000"
        services.world.users[id] = {
            **some,
            "id": id,
            "username": f"u{number}",
            "email": f"u{number}@acme.example",
        }
    said = {one.name: one.seen for one in lines_of(services.run("doctor"))}
    assert said["pingone.rules.employees.user_filter"] == "336 people in scope"
    assert said["pingone.rules.employees.people"].startswith("200 looked at: ")
    assert len([call for call in services.wire.calls if call.path.endswith("/users")]) == 2
