"""The k-th write goes wrong, for every k: the next apply converges, and nobody is worse off meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from pingconf.sandbox import World
from tests.e2e.hands import CONNECTION, GROUP, RULE
from tests.e2e.makers import Json, Mishap, Moment, Stage, example, furnish
from tests.e2e.witness import assert_settled, inventory, never_on_a_dead_token, our_tokens, with_access

MOST_WRITES: Final = 40


@dataclass(frozen=True, slots=True)
class Story:
    """What was applied before, what the file says then, the command, and how many of our tokens remain."""

    before: str | None
    edit: Callable[[Json], None]
    command: str = "apply"
    tokens: int = 1


def nothing(document: Json) -> None:
    """The file as it is."""


def change_everything(document: Json) -> None:
    """Every kind of object in place: the token anew, mappings added, changed and removed."""
    document["infisical"]["scim_tokens"]["pingone"]["ttl_days"] = 90
    pingone = document["pingone"]
    pingone["connections"]["infisical"] |= {"name": "Renamed", "remove_action": "delete"}
    pingone["groups"]["engineering"]["name"] = "Builders"
    pingone["rules"]["employees"] |= {
        "name": "Everybody",
        "user_filter": "all",
        "mappings": {"userName": "email", "workEmail": "email", "nickName": "title"},
    }


def move_the_rule(document: Json) -> None:
    """To a connection and a token of another key and name; the old ones go."""
    document["infisical"]["scim_tokens"] = {"second": {"description": "Second"}}
    document["pingone"]["connections"] = {"second": {"auth": {"token": "second"}}}
    document["pingone"]["rules"]["employees"]["connection"] = "second"


def remove_sales(document: Json) -> None:
    for section in ("rules", "connections", "groups"):
        document["pingone"][section].pop("sales")
    document["infisical"]["scim_tokens"].pop("sales")


STORIES: Final[dict[str, Story]] = {
    "first": Story(None, nothing),
    "change": Story("infisical", change_everything),
    "move": Story("infisical", move_the_rule, tokens=0),
    "remove": Story("two-connections", remove_sales, tokens=0),
    "destroy": Story("infisical", nothing, command="destroy", tokens=0),
}


def set_the_stage(stage: Stage, story: Story) -> Moment:
    furnish(stage.world)
    if story.before is not None:
        stage.write(example(story.before, stage.url))
        stage.apply()
    document = stage.document()
    story.edit(document)
    stage.write(document)
    return stage.remember()


def watch(stage: Stage) -> None:
    """After every write: nobody lost access, and no published connection is on a revoked token."""
    there = with_access(stage.world)

    def look(world: World) -> None:
        never_on_a_dead_token(world)
        assert with_access(world) >= there

    stage.wire.after_write = look


def converged(stage: Stage, story: Story, wanted: list[str], people: frozenset[str]) -> None:
    """The same command once more: everything is as if nothing had gone wrong."""
    stage.run(story.command, "--auto-approve")
    assert inventory(stage.world) == wanted
    assert with_access(stage.world) == people
    if story.command == "apply":
        assert_settled(stage, tokens=story.tokens)
    else:
        assert our_tokens(stage.world) == []
        stage.run("plan", "--destroy", "--detailed-exitcode")


def writes(stage: Stage, moment: Moment, mishap: Mishap, command: str) -> Iterator[tuple[int, int]]:
    """For every write of the command: its number, and the exit code when just that went wrong."""
    for number in range(1, MOST_WRITES):
        stage.return_to(moment)
        watch(stage)
        stage.wire.break_write(number, mishap)
        ran = stage.run(command, "--auto-approve", expect=None)
        if not stage.wire.mend():
            return
        yield number, ran.code


QUICK: Final[tuple[tuple[str, Mishap], ...]] = (
    ("first", "refused"),
    ("first", "lost"),
    ("change", "down"),
    ("move", "down"),
    ("destroy", "down"),
)
MISHAPS: Final[tuple[Mishap, ...]] = ("refused", "lost", "down")
THOROUGH: Final = [(name, mishap) for name in STORIES for mishap in MISHAPS if (name, mishap) not in QUICK]


@pytest.mark.parametrize(
    ("name", "mishap"), [*QUICK, *(pytest.param(*one, marks=pytest.mark.soak) for one in THOROUGH)]
)
def test_every_write_may_go_wrong(services: Stage, name: str, mishap: Mishap) -> None:
    story = STORIES[name]
    moment = set_the_stage(services, story)
    services.run(story.command, "--auto-approve")
    number_of_writes = len(services.wire.writes)
    wanted, people = inventory(services.world), with_access(services.world)
    good = 0
    for number, code in writes(services, moment, mishap, story.command):
        assert code in (0, 1, 7), f"write {number}"
        assert code != 0 or mishap != "down", f"write {number}"
        converged(services, story, wanted, people)
        good += 1
    sys.stdout.write(f"{name}, {mishap}: converged after {good} of {number_of_writes} writes\n")
    assert good == number_of_writes


@pytest.mark.parametrize("mishap", ["lost", pytest.param("down", marks=pytest.mark.soak)])
def test_a_first_apply_that_stopped_may_be_given_up(services: Stage, mishap: Mishap) -> None:
    """`destroy` after it, wherever it stopped: what pingconf made is gone."""
    furnish(services.world)
    moment, before = services.remember(), inventory(services.world)
    stay = {"stores PingOne Directory", "plans Default Plan"}
    stuck = {}
    for number, _ in writes(services, moment, mishap, "apply"):
        ran = services.run("destroy", "--auto-approve", expect=None)
        left = set(inventory(services.world)) - set(before) - stay
        if ran.code or left:
            stuck[number] = (ran.code, left)
    assert stuck == {}


@pytest.mark.parametrize(
    ("number", "address"), [(5, CONNECTION), (6, GROUP), (8, RULE)], ids=["connection", "group", "rule"]
)
def test_the_name_changes_before_the_next_apply(services: Stage, number: int, address: str) -> None:
    """What the lost answer was about was made under the old name; it is the same resource all the same."""
    services.wire.break_write(number, "lost")
    services.apply(expect=7)
    assert services.wire.mend()
    known = inventory(services.world)
    services.edit(f"{address}.name", "Another name")
    services.apply()
    assert_settled(services)
    gone = set(known) - set(inventory(services.world))
    assert len(gone) == 1, "the object of the old name has the new one"


def test_what_was_interrupted_is_not_blamed_on_a_hand(services: Stage) -> None:
    services.wire.break_write(9, "refused")
    services.apply(expect=7)
    services.wire.mend()
    assert "by hand" not in services.run("plan").out


def test_a_refused_creation_leaves_nothing_to_publish(applied: Stage) -> None:
    """One revision per apply that changed something in PingOne, and none otherwise."""
    applied.edit("pingone.rules.second", {"connection": "infisical", "user_filter": 'unheard.of eq "x"'})
    applied.world.rules["other"] = {**next(iter(applied.world.rules.values())), "name": "second"}
    applied.apply(expect=1)
    del applied.world.rules["other"]
    applied.edit("pingone.rules.second", None)
    assert_settled(applied)
