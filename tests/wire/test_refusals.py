"""Refusals as documented: pingconf says what they mean, and the sandbox refuses in the same shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

import pytest
import requests
import responses

from pingconf.model.errors import PingconfError
from pingconf.sandbox import CLIENT_ID, ORGANIZATION_ID, SandboxAdapter, Switches, World
from tests.sandbox.callers import API, AUTH, Clock, Infisical, PingOne
from tests.wire.samples import MARKS, plain, refusals
from tests.wire.shapes import misfits
from tests.wire.test_samples import hidden, services

REFUSALS: Final = refusals()
TOKEN: Final = {"access_token": "composed-access-token", "token_type": "Bearer", "expires_in": 3600}
each_refusal = pytest.mark.parametrize("refusal", REFUSALS, ids=[one["name"] for one in REFUSALS])


@each_refusal
def test_the_client_says_what_a_refusal_means(refusal: dict[str, Any]) -> None:
    refused = {"status": refusal["status"], "json": plain(refusal["answer"])}
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        is_token = refusal.get("at") == "token"
        wire.add("POST", re.compile(".*/as/token$"), **(refused if is_token else {"json": TOKEN}))
        for method in ("GET", "POST", "PATCH"):
            wire.add(method, re.compile("https://(api|app)"), **refused)
        call = attrgetter(refusal["call"][0])(services())
        with pytest.raises(PingconfError, match=re.escape(refusal["says"])) as caught:
            call(*hidden(refusal["call"][1:]))
    assert type(caught.value).__name__ == refusal["raises"]


@each_refusal
def test_each_refusal_says_how_sure_it_is(refusal: dict[str, Any]) -> None:
    assert set(refusal["mark"].split()) <= MARKS
    assert refusal["source"]


@dataclass(frozen=True)
class Callers:
    """Somebody at each of the embedded services, who does what pingconf does not."""

    world: World
    clock: Clock
    session: requests.Session

    @property
    def pingone(self) -> PingOne:
        return PingOne(self.session)

    @property
    def admin(self) -> Infisical:
        return Infisical(self.session, self.world).admin()

    def ask_for_token(self) -> requests.Response:
        grant = {"grant_type": "client_credentials"}
        return self.session.post(AUTH, data=grant, auth=(CLIENT_ID, "wrong"))

    def ask_in_the_wrong_place(self) -> requests.Response:
        self.world.switches = Switches(token_method="post")
        return self.ask_for_token()

    def ask_with(self, bearer: str, path: str) -> requests.Response:
        return Infisical(self.session, self.world, bearer).ask("GET", path)

    def ask_as_member(self, path: str) -> requests.Response:
        next(iter(self.world.members.values()))["role"] = "member"
        return self.admin.ask("GET", path)

    def switch_scim(self) -> requests.Response:
        self.world.oidc["isActive"] = False
        return self.admin.ask("PATCH", f"/api/v1/organization/{ORGANIZATION_ID}", {"scimEnabled": True})

    def ask_late(self, bearer: str, path: str, days: int) -> requests.Response:
        self.clock.wind(days=days)
        return self.ask_with(bearer, path)

    def ask_unlicensed(self, path: str) -> requests.Response:
        self.world.licence["scim"] = False
        return self.admin.ask("GET", path)

    def make_long_lived_token(self) -> requests.Response:
        self.world.switches = Switches(infisical_release="2026")
        body = {"organizationId": ORGANIZATION_ID, "ttlDays": 731}
        return self.admin.ask("POST", "/api/v1/scim/scim-tokens", body)

    def send_nonsense(self) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.pingone.token()}"}
        return self.session.post(f"{API}/groups", data=b"{bad", headers=headers)


@pytest.fixture
def callers() -> Iterator[Callers]:
    clock = Clock()
    world = World.seed(clock=clock)
    with requests.Session() as session:
        session.mount("https://", SandboxAdapter(world))
        yield Callers(world, clock, session)


TOKENS: Final = f"/api/v1/scim/scim-tokens?organizationId={ORGANIZATION_ID}"
ORGANIZATION: Final = f"/api/v1/organization/{ORGANIZATION_ID}"
PEOPLE: Final = "/api/v1/scim/Users"
Act = Callable[[Callers], requests.Response]
PROVOKED: Final[dict[str, Act]] = {
    "PingOne, bad credentials": Callers.ask_for_token,
    "PingOne, the secret in the wrong place": Callers.ask_in_the_wrong_place,
    "PingOne, bad token": lambda they: they.session.get(f"{API}/groups"),
    "PingOne, wrong path": lambda they: they.pingone.ask("GET", "/nowhere"),
    "PingOne, not found": lambda they: they.pingone.ask("GET", "/groups/1"),
    "PingOne, invalid data": lambda they: they.pingone.ask(
        "POST", "/propagation/plans", {"name": "New", "status": "ON"}
    ),
    "PingOne, malformed": Callers.send_nonsense,
    "PingOne, wrong verb": lambda they: they.pingone.ask("DELETE", "/propagation/revisions"),
    "Infisical, no token": lambda they: they.ask_with("", ORGANIZATION),
    "Infisical, expired token": lambda they: they.ask_late(they.admin.bearer, ORGANIZATION, 11),
    "Infisical, the wrong kind of token": lambda they: they.admin.identity().ask("GET", TOKENS),
    "Infisical, missing permission": lambda they: they.ask_as_member(TOKENS),
    "Infisical, not found": lambda they: they.admin.ask("GET", "/api/v1/groups/1"),
    "Infisical, unknown route": lambda they: they.admin.ask("GET", "/api/v1/nowhere"),
    "Infisical, another shape is wanted": lambda they: they.admin.ask("GET", "/api/v1/scim/scim-tokens"),
    "Infisical, too long a life": Callers.make_long_lived_token,
    "Infisical, not in the licence": lambda they: they.ask_unlicensed(TOKENS),
    "Infisical, no single sign-on": Callers.switch_scim,
    "Infisical, SCIM is off": lambda they: they.ask_with(they.admin.new_token(), PEOPLE),
    "Infisical, expired SCIM token": lambda they: they.ask_late(they.admin.new_token(ttlDays=1), PEOPLE, 2),
    "Infisical, a fault of its own": lambda they: they.admin.ask("PATCH", ORGANIZATION, {}),
}
"""How somebody gets each of them from the embedded services."""
NOT_PLAYED: Final = {"PingOne, missing role"}
"""The embedded PingOne knows no roles."""


@pytest.mark.parametrize("name", PROVOKED)
def test_the_sandbox_refuses_in_the_same_shape(name: str, callers: Callers) -> None:
    refusal = next(one for one in REFUSALS if one["name"] == name)
    answer = PROVOKED[name](callers)
    assert answer.status_code == refusal["status"]
    assert misfits(refusal["answer"], answer.json()) == []


def test_each_refusal_is_played_or_said_not_to_be() -> None:
    assert {one["name"] for one in REFUSALS} == PROVOKED.keys() | NOT_PLAYED
