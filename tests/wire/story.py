"""A life of pingconf on the embedded services in which each endpoint of the table is used at least once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from pingconf.cli.main import run
from pingconf.clients.http import open_session as open_http
from pingconf.clients.pingone import PingOne
from pingconf.clients.pingone_people import join, members_of
from pingconf.clients.pingone_sync import read_synced_rule
from pingconf.operations import services, session
from pingconf.operations.people import count_provisioned
from pingconf.sandbox import (
    ADMIN_EMAIL,
    ADMIN_PASSWORD,
    IDENTITY_CLIENT_ID,
    IDENTITY_CLIENT_SECRET,
    SandboxAdapter,
    Switches,
    World,
)
from tests.e2e.makers import Json, credentials, example

USER_TOKEN: Final[dict[str, str]] = {}
"""What there is by itself; also the Infisical that has no login by password takes it."""
PERSON: Final = {"INFISICAL_EMAIL": ADMIN_EMAIL, "INFISICAL_PASSWORD": ADMIN_PASSWORD}
IDENTITY: Final = {
    "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID": IDENTITY_CLIENT_ID,
    "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET": IDENTITY_CLIENT_SECRET,
}
ROLE: Final[Json] = {"id": "5a4d0010-0000-4000-8000-000000000001", "slug": "auditor", "name": "Auditor"}
OTHER_ANSWERS: Final = Switches(
    token_method="post",
    secrets_in_get="clear",
    create_answers_id=False,
    rule_create_path="rules",
    mapping_delete_path="singular",
    directory_premade=True,
    list_counts=False,
    sync_takes=1,
    plan_status_kept=False,
    infisical_release="2026",
)
"""Where the documents leave the answer open, another one than the likeliest."""


@dataclass(frozen=True)
class Stage:
    """A folder with a file, both services in process, and the environment of whoever runs pingconf."""

    world: World
    folder: Path
    environ: dict[str, str]

    @property
    def file(self) -> Path:
        return self.folder / "pingconf.yaml"

    def write(self, change: Callable[[Json], None] = lambda document: None) -> None:
        """The example with every key there is, but for what `change` does to it."""
        document = example("full")
        document["infisical"]["group_roles"] = {"Engineering": "member", "All Staff": ROLE["slug"]}
        document["pingone"]["rules"]["employees"]["mappings"]["nickName"] = "nickname"
        document["guardrails"] |= {"max_removed_users": 1000, "max_removed_percent": 100}
        change(document)
        self.file.write_text(json.dumps(document), "utf-8")

    def run(self, *words: str) -> None:
        assert run(["-f", str(self.file), "-q", *words]) == 0, words


@contextmanager
def stage(folder: Path, login: dict[str, str], switches: Switches | None = None) -> Iterator[Stage]:
    """A new world with a role of the organisation's own, in which `login` is all that opens Infisical."""
    world = World.seed(switches=switches)
    world.licence["rbac"] = True
    world.custom_roles[ROLE["id"]] = ROLE
    environ = credentials(world) | login
    if login:
        del environ["INFISICAL_TOKEN"]
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        patch.setattr(services, "open_http", lambda *_: open_http(SandboxAdapter(world)))
        yield Stage(world, folder, environ)


def live(folder: Path) -> None:
    """Everything pingconf does, below a folder."""
    with stage(folder / "all of it", USER_TOKEN) as here:
        _from_first_apply_to_the_end(here)
    with stage(folder / "other answers", PERSON, OTHER_ANSWERS) as here:
        here.write()
        here.run("apply", "--auto-approve")
        here.write(_without_a_mapping)
        here.run("apply", "--auto-approve")
        here.run("doctor")
    with stage(folder / "a machine", IDENTITY) as here:
        here.write()
        here.run("plan")


def _from_first_apply_to_the_end(here: Stage) -> None:
    here.write()
    here.run("apply", "--auto-approve")
    invocation = session.Invocation((here.file,), {}, here.environ)
    opened = session.open_session(invocation)
    assert count_provisioned(opened).groups
    here.run("verify", "--user", "amara.okafor")
    _ask_how_a_group_went(opened.services.pingone)
    _join_twice(opened.services.pingone)
    next(iter(here.world.plans.values()))["status"] = "INACTIVE"  # by hand
    here.write(_changed)
    here.run("apply", "--auto-approve")
    here.run("drift")
    here.run("rotate", "--auto-approve")
    here.run("destroy", "--deprovision", "--delete-users", "--auto-approve")


def _ask_how_a_group_went(pingone: PingOne) -> None:
    """As where Infisical lacks one, or somebody in it."""
    (group,) = pingone.list("/groups", "groups", {"filter": 'name eq "Pilots"'})
    (rule,) = pingone.list("/propagation/rules", "rules")
    synced = read_synced_rule(pingone, "groups", group["id"], rule["id"])
    assert synced and synced.well


def _join_twice(pingone: PingOne) -> None:
    """As where two make the same person a member at once: the second one looks."""
    (group,) = pingone.list("/groups", "groups", {"filter": 'name eq "Pilots"'})
    join(pingone, members_of(pingone, group["id"])[0].id, group["id"])


def _without_a_mapping(document: Json) -> None:
    del document["pingone"]["rules"]["employees"]["mappings"]["nickName"]


def _changed(document: Json) -> None:
    _without_a_mapping(document)
    pingone: Any = document["pingone"]
    pingone["connections"]["infisical"]["name"] = "Infisical, renamed"
    pingone["groups"]["engineering"]["description"] = "Everyone who builds"
    pingone["groups"]["pilots"]["members"] = ["test.person"]
    tester = {"given_name": "Robyn", "population": "Contractors", "enabled": False}
    pingone["users"]["test_person"] |= tester
    rule = pingone["rules"]["employees"]
    rule["user_filter"] = "enabled eq true and title pr"
    rule["mappings"]["givenName"] = {"expression": "user.name.given"}
