"""A world is kept as JSON and comes back the same, though no token was written down."""

from __future__ import annotations

import json

import pytest
import requests

from pingconf.sandbox import SandboxAdapter, Switches, World, from_json, to_json
from tests.sandbox.callers import Clock, Infisical, PingOne, Setup, store


def reload(world: World, clock: Clock) -> World:
    return from_json(json.loads(json.dumps(to_json(world))), clock=clock)


def test_no_token_is_in_the_json(setup: Setup, world: World) -> None:
    setup.publish()
    setup.pingone.post("/propagation/stores", store("a-foreign-secret", name="Other"))
    text = json.dumps(to_json(world))
    assert setup.token not in text
    assert world.admin_token() not in text
    assert "eyJ" not in text, "no JWT begins otherwise"
    assert "a-foreign-secret" not in text


def test_what_comes_back_is_the_same(setup: Setup, world: World, clock: Clock) -> None:
    setup.publish()
    again = reload(world, clock)
    assert to_json(again) == to_json(world)
    assert again.stores == world.stores, "the token was signed anew, to the letter"
    assert again.published_on_revoked_token() == ()


def test_the_story_goes_on(setup: Setup, world: World, clock: Clock) -> None:
    setup.publish()
    again = reload(world, clock)
    with requests.Session() as session:
        session.mount("https://", SandboxAdapter(again))
        pingone, infisical = PingOne(session), Infisical(session, again)
        later = Setup(
            pingone, infisical, setup.token, setup.plan, setup.connection, setup.rule, setup.rule_body
        )
        later.change_rule(populationExpression='username eq "priya.raman"')
        later.publish()
        assert len(infisical.active_members()) == 2
    assert len(setup.infisical.active_members()) == 37, "the first world was not touched"


def test_a_foreign_secret_comes_back_unusable(
    pingone: PingOne, infisical: Infisical, world: World, clock: Clock
) -> None:
    id = pingone.post("/propagation/stores", store("a-foreign-secret"))["id"]
    again = reload(world, clock)
    assert again.stores[id]["configuration"]["OAUTH_ACCESS_TOKEN"] == "unusable-after-reload"


def test_switches_are_kept(clock: Clock) -> None:
    switches = Switches(secrets_in_get="masked", list_counts=False)
    assert reload(World.seed(clock=clock, switches=switches), clock).switches == switches


def test_two_worlds_are_alike_but_trust_each_other_not(clock: Clock) -> None:
    one, other = World.seed(clock=clock), World.seed(clock=clock)
    assert one.users == other.users
    assert one.admin_token() != other.admin_token()
    assert World.seed(clock=clock, signing_secret="x") == World.seed(clock=clock, signing_secret="x")


@pytest.mark.parametrize("document", [{}, {"version": 99}, {"version": 1}, {"version": 1, "nonsense": 1}])
def test_other_documents_are_refused(document: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="not a sandbox"):
        from_json(document)
