"""The real command line against services in another process: the file needs their URLs, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import requests

from tests.e2e.makers import Json, Ran, example, run_apart

CREDENTIALS: Final = frozenset(
    "PINGONE_ENVIRONMENT_ID PINGONE_TARGET_ENVIRONMENT_ID PINGONE_CLIENT_ID PINGONE_CLIENT_SECRET "
    "INFISICAL_ORGANIZATION_ID INFISICAL_EMAIL INFISICAL_PASSWORD".split()
)
PEOPLE: Final = 36
RULE: Final = "pingone.rules.employees"
STAFF: Final = "pingone.rules.staff"
GROUP: Final = "pingone.groups.engineering"


@dataclass(frozen=True)
class Elsewhere:
    """Both services in a process of their own, and a folder with the file that names their URLs."""

    folder: Path
    url: str
    given: dict[str, str]

    def run(self, *words: str, expect: int = 0) -> Ran:
        """One command in a process of its own, which has credentials in its environment and no address."""
        environ = {**os.environ, **{name: self.given[name] for name in CREDENTIALS}}
        ran = run_apart(self.folder, environ, *words)
        assert "Traceback" not in ran.err
        assert ran.code == expect, f"{words}: {ran.said()}"
        return ran

    def write(self, change: Callable[[Json], None] = lambda document: None) -> None:
        document = example("infisical", self.url)
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

    def with_access(self) -> int:
        """How many people have access at Infisical, but for the administrator."""
        email, password = self.given["INFISICAL_EMAIL"], self.given["INFISICAL_PASSWORD"]
        organization = self.given["INFISICAL_ORGANIZATION_ID"]
        login = {"email": email, "password": password}
        bearer = _answer("POST", f"{self.url}/api/v3/auth/login", json=login)["accessToken"]
        headers, chosen = {"Authorization": f"Bearer {bearer}"}, {"organizationId": organization}
        address = f"{self.url}/api/v3/auth/select-organization"
        bearer = _answer("POST", address, json=chosen, headers=headers)["token"]
        address = f"{self.url}/api/v1/organization/{organization}/users"
        users = _answer("GET", address, headers={"Authorization": f"Bearer {bearer}"})["users"]
        return len([one for one in users if one["isActive"]]) - 1


def _answer(method: str, address: str, **more: Any) -> Any:
    answer = requests.request(method, address, timeout=10, **more)
    assert answer.ok, f"{method} {address} answered {answer.status_code}"
    return answer.json()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Elsewhere]:
    """`pingconf sandbox serve`, until the end of the test; a signal ends it well."""
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-m", "pingconf", "-q", "sandbox", "serve", "--ready-file", str(ready)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            said = _when_ready(ready, server)
            folder = tmp_path / "work"
            folder.mkdir()
            yield Elsewhere(folder, said["url"], said["environment"])
        finally:
            server.terminate()
            assert server.wait(10) == 0
            ready.unlink(missing_ok=True)


def _when_ready(path: Path, server: subprocess.Popen[bytes]) -> Any:
    until = time.monotonic() + 30
    while time.monotonic() < until and server.poll() is None:
        text = path.read_text("utf-8") if path.exists() else ""
        if text.endswith("\n"):
            return json.loads(text)
        time.sleep(0.02)
    raise AssertionError("the server did not come up")


def test_everything_once(elsewhere: Elsewhere) -> None:
    elsewhere.write()
    _make(elsewhere)
    _change_by_hand(elsewhere)
    _save_a_plan(elsewhere)
    elsewhere.run("rotate", "--auto-approve")
    assert elsewhere.with_access() == PEOPLE
    _change_the_record(elsewhere)
    _end(elsewhere)


def _make(elsewhere: Elsewhere) -> None:
    assert "The configuration is valid" in elsewhere.run("validate").out
    planned = elsewhere.run("plan", "--detailed-exitcode", expect=2).out.rstrip().splitlines()[-1]
    assert planned.startswith("Plan: ")
    assert planned in elsewhere.run("apply", "--auto-approve").out
    assert elsewhere.with_access() == PEOPLE
    assert "No changes." in elsewhere.run("plan", "--detailed-exitcode").out


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
    groups = elsewhere.worker("GET", "/groups")["_embedded"]["groups"]
    assert "Everyone who builds" in [one["description"] for one in groups]


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
    assert "Destroy complete!" in elsewhere.run("destroy", "--auto-approve").out
    assert elsewhere.with_access() == PEOPLE
    elsewhere.run("apply", "--auto-approve")
    assert "Destroy complete!" in elsewhere.run("destroy", "--deprovision", "--auto-approve").out
    assert elsewhere.with_access() == 0
    assert elsewhere.run("state", "list").out == ""
