"""Where a random story is played: a folder with a file, a world, and a line between them."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import yaml

from pingconf.cli.main import run
from pingconf.sandbox import Switches, World
from tests import canary
from tests.crash.makers import Killed
from tests.e2e.witness import with_access
from tests.lots.configurations import Document
from tests.lots.hands import (
    TABLES,
    Others,
    Stroke,
    play,
    settle_strangers,
    strange_things,
)
from tests.lots.trouble import Line, Trouble, connected
from tests.lots.witness import (
    assert_fits,
    assert_gone,
    assert_nobody_lost,
    excused,
    held,
    no_worse,
    provisioned_by,
)

APPLY: Final = ("apply", "--auto-approve")
DESTROY: Final = ("destroy", "--auto-approve")
KILLED: Final = 137
STOPPED: Final = frozenset({1, 7, 130, KILLED})
"""How a run may end that something went wrong in."""
EVERY: Final = 4
"""Of the company's people only each n-th works here, as forty cost time."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind; a process that was killed has no exit code of its own."""

    code: int
    out: str
    err: str

    def said(self) -> str:
        return f"exit code {self.code}\n{self.out}\n{self.err}"


@dataclass(frozen=True, slots=True)
class Mishap:
    """What goes wrong in a command, and what others do before the next one."""

    trouble: Trouble
    by_hand: list[Stroke]


@dataclass
class Stage:
    """One folder, one world; `others` are the ids of all that pingconf did not make."""

    folder: Path
    world: World
    line: Line
    others: Others
    ascii: bool = False
    stumbles: int = 0
    """Commands in which something went wrong."""
    harmed: set[str] = field(default_factory=set)
    """Connections that hands have harmed since all was well; see `excused`."""
    retries: int = 0
    """Runs after that which did not end well either."""

    @classmethod
    def open(cls, folder: Path, switches: Switches, *, ascii: bool) -> Stage:
        folder.mkdir()
        newer = replace(switches, infisical_release="2026")  # it logs people in by their password
        world = World.seed(switches=newer, signing_secret="signs the tokens of every story")
        world.users = dict(list(world.users.items())[::EVERY])
        ids = frozenset(id for table in TABLES for id in getattr(world, table))
        return cls(folder, world, Line(world), ids, ascii)

    @property
    def file(self) -> Path:
        return self.folder / "pingconf.yaml"

    def write(self, document: Document) -> None:
        """The document as YAML: no text in it is a variable."""
        plain = _escaped(json.loads(json.dumps(document)))
        text = yaml.safe_dump(plain, sort_keys=False, allow_unicode=not self.ascii)
        self.file.write_text(text, "utf-8")

    def run(self, *words: str, trouble: Trouble | None = None) -> Ran:
        """One command; whatever a witness saw meanwhile is raised."""
        out, err = io.StringIO(), io.StringIO()
        self.line.expect(trouble, lambda world: no_worse(world, self.harmed))
        with connected(self.line), redirect_stdout(out), redirect_stderr(err):
            try:
                code = run(["-f", str(self.file), *words])
            except Killed:
                code = KILLED
        ran = Ran(code, out.getvalue(), err.getvalue())
        canary.watch_output(ran.out + ran.err, f"pingconf {' '.join(words)}")
        if self.line.complaints:
            raise self.line.complaints[0]
        assert "Traceback" not in ran.err
        return ran

    # The parts of a story

    def strangers_come(self) -> None:
        self.others |= settle_strangers(self.world)

    def act_by_hand(self, strokes: list[Stroke], after: Document) -> None:
        """What the next file only looks up is spared."""
        kept = [one["name"] for one in after["pingone"]["groups"].values() if one.get("manage") is False]
        for stroke in strokes:
            before = held(self.world)
            play(self.world, stroke, self.others, kept)
            self.harmed |= excused(self.world, before)
        self.world.unlisted.clear()  # time has passed

    def bring_about(self, words: tuple[str, ...], mishaps: tuple[Mishap, ...], after: Document) -> None:
        """A command that ends well; after some in which something goes wrong, at the second try at most."""
        self.harmed |= excused(self.world, {})
        for mishap in mishaps:
            ran = self.watched(words, mishap.trouble)
            self.stumbles += self.line.happened
            assert ran.code in {0, 5} | (STOPPED if self.line.happened else set()), ran.said()
            self.act_by_hand(mishap.by_hand, after)
        ran = self.believing(words)
        if ran.code and mishaps:
            self.retries += 1
            ran = self.believing(words)
        assert ran.code == 0, ran.said()
        self.harmed.clear()
        no_worse(self.world, self.harmed)

    def believing(self, words: tuple[str, ...]) -> Ran:
        """The command; where all of ours was deleted by hand, or many lose access, it must be told so."""
        ran = self.watched(words)
        while ran.code == 5:
            assert self.line.writes == []
            flag = re.search(r"--recreate-all$|--allow-removals \d+$", ran.err.strip())
            assert flag and flag[0] not in words, ran.said()
            words = (*words, *flag[0].split())
            ran = self.watched(words)
        return ran

    def watched(self, words: tuple[str, ...], trouble: Trouble | None = None) -> Ran:
        """One command by which nobody may lose access, and nothing of others may change."""
        strange = strange_things(self.world, self.others)
        before, by = with_access(self.world), provisioned_by(self.world)
        ran = self.run(*words, trouble=trouble)
        assert strange_things(self.world, self.others) == strange
        assert_nobody_lost(self.world, before, by)
        return ran

    def settled(self, document: Document) -> None:
        """The file is what there is, and pingconf says so."""
        ran = self.run("plan", "--detailed-exitcode", "--json")
        assert ran.code == 0, ran.said()
        planned: dict[str, Any] = json.loads(ran.out)
        assert (planned["changes"], planned["drift"], planned["complete"]) == ([], [], True), ran.said()
        assert self.line.writes == []
        assert_fits(self.world, document, self.others)

    def let_go(self, before: Document, after: Document, ids: Mapping[str, str]) -> None:
        """Groups that the next file only looks up belong to others from now on, whatever was made of them."""
        groups = {
            key: one for key, one in before["pingone"]["groups"].items() if one.get("manage") is not False
        }
        looked_up = after["pingone"]["groups"]
        self.others |= {ids[key] for key in groups if looked_up.get(key, {}).get("manage") is False}

    def end(self) -> None:
        """Everything of ours is gone, and pingconf knows nothing any more."""
        ran = self.run("plan", "--destroy", "--detailed-exitcode")
        assert ran.code == 0, ran.said()
        assert_gone(self.world, self.others)


def _escaped(value: Any) -> Any:
    if isinstance(value, dict):
        return {_escaped(key): _escaped(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    return value.replace("${", "$${") if isinstance(value, str) else value
