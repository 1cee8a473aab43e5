"""The real command line against services in another process, with what `sandbox serve` prints and no more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from tests.e2e.makers import Json, Ran, example, run_apart

PEOPLE: Final = 37
"""Those of the company who are enabled, and the one whom the file makes."""
TESTER: Final = {"username": "tester", "email": "tester@acme.example", "given_name": "Robin"}
OTHER_PILOT: Final = "amara.okafor@acme.example"
USER: Final = "pingone.users.test_person"
RULE: Final = "pingone.rules.employees"
STAFF: Final = "pingone.rules.staff"
GROUP: Final = "pingone.groups.engineering"


@dataclass(frozen=True)
class Elsewhere:
    """Both services in a process of their own, what that has printed, and a folder with a file."""

    folder: Path
    url: str
    given: dict[str, str] = field(repr=False)

    def run(self, *words: str, expect: int = 0) -> Ran:
        """One command in a process of its own, by somebody who typed the printed lines."""
        ran = run_apart(self.folder, {**os.environ, **self.given}, *words)
        assert "Traceback" not in ran.err
        assert ran.code == expect, f"{words}: {ran.said()}"
        return ran

    def write(self, change: Callable[[Json], None] = lambda document: None) -> None:
        """The file as `sandbox serve` says that it must be."""
        document = example("infisical")
        del document["pingone"]["region"]
        document["pingone"] |= {"api_url": "${PINGONE_API_URL}", "auth_url": "${PINGONE_AUTH_URL}"}
        document["pingone"]["users"] = {"test_person": TESTER}
        document["pingone"]["groups"]["pilots"] = {"members": ["tester", OTHER_PILOT]}
        document["infisical"]["group_roles"] = {"Engineering": "no-access"}
        change(document)
        (self.folder / "pingconf.yaml").write_text(json.dumps(document), "utf-8")

    def worker(self, method: str, path: str, body: Any = None) -> Any:
        """What somebody else with PingOne's rights does by hand."""
        environment, client = self.given["PINGONE_ENVIRONMENT_ID"], self.given["PINGONE_CLIENT_ID"]
        basic = (client, self.given["PINGONE_CLIENT_SECRET"])
        form = {"grant_type": "client_credentials"}
        token = _answer("POST", f"{self.url}/{environment}/as/token", data=form, auth=basic)["access_token"]
        address = f"{self.url}/v1/environments/{environment}{path}"
        return _answer(method, address, json=body, headers={"Authorization": f"Bearer {token}"})

    def group(self, name: str) -> Any:
        (group,) = self.worker("GET", f'/groups?filter=name eq "{name}"')["_embedded"]["groups"]
        return group

    def in_group(self, name: str) -> set[str]:
        """The e-mails of those in a group of PingOne who are enabled."""
        condition = f'enabled eq true and memberOfGroups[id eq "{self.group(name)["id"]}"]'
        users = self.worker("GET", f"/users?filter={condition}")["_embedded"]["users"]
        return {one["email"] for one in users}

    def members(self) -> list[Json]:
        """Everybody with access at Infisical, but for the administrator."""
        address = f"{self.url}/api/v1/organization/{self.given['INFISICAL_ORGANIZATION_ID']}/users"
        headers = {"Authorization": f"Bearer {self.given['INFISICAL_TOKEN']}"}
        users: list[Json] = _answer("GET", address, headers=headers)["users"]
        return [one for one in users if one["isActive"] and one["inviteEmail"]]


def _answer(method: str, address: str, **more: Any) -> Any:
    answer = requests.request(method, address, timeout=10, **more)
    assert answer.ok, f"{method} {address} answered {answer.status_code}"
    return answer.json()


@contextmanager
def serving(tmp_path: Path, *switches: str) -> Iterator[Elsewhere]:
    """`pingconf sandbox serve`, until the end of the block; a signal ends it well."""
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-m", "pingconf", "-q", "sandbox", "serve", "--ready-file", str(ready)]
    with subprocess.Popen([*command, *switches], stdout=subprocess.PIPE, text=True) as server:
        try:
            said = _when_ready(ready, server)
            assert server.stdout is not None
            printed = [server.stdout.readline().rstrip("\n") for _ in said["environment"]]
            assert printed == [f"export {name}={value}" for name, value in said["environment"].items()]
            folder = tmp_path / "work"
            folder.mkdir()
            yield Elsewhere(folder, said["url"], said["environment"])
        finally:
            server.terminate()
            assert server.wait(10) == 0
            ready.unlink(missing_ok=True)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    with serving(tmp_path) as both:
        yield both


def _when_ready(path: Path, server: subprocess.Popen[str]) -> Any:
    until = time.monotonic() + 30
    while time.monotonic() < until and server.poll() is None:
        text = path.read_text("utf-8") if path.exists() else ""
        if text.endswith("\n"):
            return json.loads(text)
        time.sleep(0.02)
    raise AssertionError("the server did not come up")


def test_the_printed_lines_are_enough_for_a_newer_infisical(tmp_path: Path) -> None:
    """It has a login by e-mail and password, which the other one lacks."""
    with serving(tmp_path, "--switch", "infisical_release=2026") as both:
        assert {"INFISICAL_EMAIL", "INFISICAL_PASSWORD"} < both.given.keys()
        both.write()
        assert USER in both.run("plan", "--detailed-exitcode", expect=2).out


def test_everything_once(elsewhere: Elsewhere) -> None:
    elsewhere.write()
    _make(elsewhere)
    _change_by_hand(elsewhere)
    _save_a_plan(elsewhere)
    elsewhere.run("rotate", "--auto-approve")
    assert len(elsewhere.members()) == PEOPLE
    _change_the_record(elsewhere)
    _end(elsewhere)


def _make(elsewhere: Elsewhere) -> None:
    assert "0 warnings, 0 failed, 0 skipped." in elsewhere.run("validate", "--online").out
    planned = elsewhere.run("plan", "--detailed-exitcode", expect=2).out.rstrip().splitlines()[-1]
    assert planned.startswith("Plan: ")
    assert planned in elsewhere.run("apply", "--auto-approve").out
    _look_at_the_people(elsewhere)
    assert "No changes." in elsewhere.run("plan", "--detailed-exitcode").out
    checks = elsewhere.run("doctor", "--json").document
    others = {one["name"]: one["status"] for one in checks["checks"] if one["status"] != "ok"}
    assert others == {"file": "warning", "infisical.email_domains": "skipped"}
    assert checks["summary"]["ok"] == len(checks["checks"]) - len(others) > 10


def _look_at_the_people(elsewhere: Elsewhere) -> None:
    """All have access, the engineers another role, and the pilots are those of the file."""
    members = elsewhere.members()
    assert len(members) == PEOPLE
    assert elsewhere.in_group("pilots") == {TESTER["email"], OTHER_PILOT}
    engineers = elsewhere.in_group("Engineering")
    assert {one["inviteEmail"] for one in members if one["role"] == "no-access"} == engineers > set()
    assert {one["role"] for one in members} == {"no-access", "member"}


def _change_by_hand(elsewhere: Elsewhere) -> None:
    (rule,) = elsewhere.worker("GET", "/propagation/rules")["_embedded"]["rules"]
    elsewhere.worker("PUT", f"/propagation/rules/{rule['id']}", {**rule, "populationExpression": "title pr"})
    assert RULE in elsewhere.run("drift", expect=2).out
    elsewhere.run("apply", "--auto-approve")
    (mended,) = elsewhere.worker("GET", "/propagation/rules")["_embedded"]["rules"]
    assert mended["populationExpression"] == rule["populationExpression"]


def _save_a_plan(elsewhere: Elsewhere) -> None:
    elsewhere.write(_described)
    elsewhere.run("plan", "--out", "saved.plan")
    assert GROUP in elsewhere.run("show", "saved.plan").out
    assert "Apply complete! 0 added, 1 changed, 0 destroyed." in elsewhere.run("apply", "saved.plan").out
    assert elsewhere.group("Engineering")["description"] == "Everyone who builds"


def _described(document: Json) -> None:
    document["pingone"]["groups"]["engineering"]["description"] = "Everyone who builds"


def _change_the_record(elsewhere: Elsewhere) -> None:
    """The rule gets another key, and the group is left to others; neither service is told of it."""
    assert json.loads(elsewhere.run("state", "show", "--json", RULE).out)["id"]
    elsewhere.run("state", "mv", RULE, STAFF)
    elsewhere.run("state", "rm", GROUP)
    elsewhere.write(_recorded)
    before = elsewhere.worker("GET", "/propagation/revisions/id%3Alatest")
    elsewhere.run("apply", "--auto-approve")
    assert elsewhere.worker("GET", "/propagation/revisions/id%3Alatest") == before


def _recorded(document: Json) -> None:
    pingone = document["pingone"]
    pingone["groups"]["engineering"] = {"name": "Engineering", "manage": False}
    pingone["rules"]["staff"] = pingone["rules"].pop("employees")


def _end(elsewhere: Elsewhere) -> None:
    """Once so that people keep their access, once so that they lose it; a user of the file goes with it."""
    assert "Destroy complete!" in elsewhere.run("destroy", "--delete-users", "--auto-approve").out
    assert len(elsewhere.members()) == PEOPLE
    elsewhere.run("apply", "--auto-approve")
    everybody = ("destroy", "--deprovision", "--auto-approve")
    assert f"--allow-removals {PEOPLE}" in elsewhere.run(*everybody, expect=5).err
    ended = elsewhere.run(*everybody, "--allow-removals", str(PEOPLE))
    assert "Destroy complete!" in ended.out
    assert elsewhere.members() == []
    assert elsewhere.run("state", "list").out == ""
