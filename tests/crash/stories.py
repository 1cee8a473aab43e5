"""What may be going on when a run dies: the file before and after, and the command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from pingconf.sandbox import World
from tests.crash.makers import NOW, Scene, command, mortal, new_world, write_file
from tests.e2e.makers import Json, furnish
from tests.e2e.witness import TABLES, doubles, picture, unpublished, with_access


def unchanged(folder: Path) -> None:
    """The file as it was applied."""


def changed(folder: Path) -> None:
    write_file(folder, connection="Renamed", filter="enabled eq true and population.id pr")


def shorter_lived(folder: Path) -> None:
    write_file(folder, ttl=30)


def without_rules(folder: Path) -> None:
    text = (folder / "pingconf.yaml").read_text()
    (folder / "pingconf.yaml").write_text(text[: text.index("  rules:")])


def groups_alone(folder: Path) -> None:
    text = (folder / "pingconf.yaml").read_text()
    start, groups, rules = (text.index(f"  {name}:") for name in ("connections", "groups", "rules"))
    (folder / "pingconf.yaml").write_text(text[:start] + text[groups:rules])


FEW: Final = 'enabled eq true and (username eq "first" or username eq "second" or title sw "Chief")'


def with_people(folder: Path) -> None:
    """A test person and a group of them and somebody else."""
    people_in(folder, "first", "pilots: {name: Pilots, members: [first, priya.raman@acme.example]}")


def with_other_people(folder: Path) -> None:
    """One leaves the file, another one comes into a new group, and the group there was has other members."""
    groups = (
        "pilots: {name: Pilots, members: [tariq.aziz, priya.raman]}",
        "crew: {name: Crew, members: [second@acme.example]}",
    )
    people_in(folder, "second", *groups)


def people_in(folder: Path, user: str, *groups: str) -> None:
    write_file(folder, filter=FEW)
    added = f"  users:\n    {user}: {{email: {user}@acme.example, given_name: Robin, family_name: Test}}\n"
    added += "  groups:\n" + "".join(f"    {one}\n" for one in groups)
    text = (folder / "pingconf.yaml").read_text().replace("  groups:\n", added)
    text = text.replace("groups: [engineering,", "groups: [pilots, engineering,")
    (folder / "pingconf.yaml").write_text(text)


APPLY: Final = ("apply", "--auto-approve")
DESTROY: Final = ("destroy", "--auto-approve")


@dataclass(frozen=True)
class Story:
    """A command on an edited file, what goes on after it died, and how many have access in the end.

    `begin` writes the file that was applied before.
    """

    name: str
    edit: Callable[[Path], None] = unchanged
    command: tuple[str, ...] = APPLY
    resumed_by: tuple[str, ...] = APPLY
    applied_before: bool = True
    people: int = 36
    begin: Callable[[Path], None] = write_file

    @property
    def ends(self) -> bool:
        """Whether nothing of ours shall be left."""
        return self.command[0] == "destroy"

    def __str__(self) -> str:
        return self.name


STORIES: Final = (
    Story("first apply", applied_before=False),
    Story("change", changed),
    Story("new token", shorter_lived),
    Story("rotation", command=("rotate", "--auto-approve")),
    Story("removal of the rule", without_rules),
    Story("removal of all but groups", groups_alone),
    Story("destroy", command=DESTROY, resumed_by=DESTROY),
    Story(
        "deprovision",
        command=(*DESTROY, "--deprovision", "--allow-removals", "36"),
        resumed_by=(*DESTROY, "--deprovision", "--allow-removals", "36"),
        people=0,
    ),
)
LET_ONE_GO: Final = (*APPLY, "--allow-removals", "1")
OTHER_PEOPLE: Final = Story(
    "other people", with_other_people, LET_ONE_GO, LET_ONE_GO, people=4, begin=with_people
)


@dataclass
class Stage:
    """A story set up to be begun, again and again."""

    story: Story
    monkeypatch: pytest.MonkeyPatch
    scene: Scene
    foreign: Json = field(default_factory=dict)

    @classmethod
    def set(cls, story: Story, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
        """What others have in both services, what was applied before, and the file as it is now."""
        story.begin(folder)
        world = new_world(clock=lambda: NOW, signing_secret="signs the tokens of every story")
        furnish(world)
        foreign = picture(world)
        if story.applied_before:
            with mortal(monkeypatch, world, -1):
                assert command(folder, *APPLY) == 0
        story.edit(folder)
        return cls(story, monkeypatch, Scene.keep(folder, world), foreign)

    def resume(self, folder: Path, world: World, where: str) -> None:
        """The next run ends well, and so does all: nothing left to do, doubled, orphaned, lost or touched."""
        with mortal(self.monkeypatch, world, -1):
            assert command(folder, *self.story.resumed_by) == 0, where
            again = ["plan", "--detailed-exitcode", *(["--destroy"] if self.story.ends else [])]
            assert command(folder, *again) == 0, where
        ours = [one for one in world.scim_tokens.values() if "[pingconf:00000000:" in one["description"]]
        assert len(ours) == (0 if self.story.ends else 1), where
        assert doubles(world) == [], where
        assert unpublished(world) == [], where
        assert world.published_on_revoked_token() == (), where
        assert len(with_access(world)) == self.story.people, where
        now = picture(world)
        touched = [
            (table, id)
            for table in TABLES
            for id, row in self.foreign[table].items()
            if now[table].get(id) != row
        ]
        assert touched == [], where
        if self.story.ends:
            assert (world.rules, world.mappings) == ({}, {}), where
