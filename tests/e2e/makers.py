"""What the stories are played on: a folder with a file, both services on loopback, and the command line."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import yaml

from pingconf.cli.main import run
from pingconf.sandbox import CLIENT_ID, CLIENT_SECRET, World, from_json, to_json
from pingconf.sandbox.http import Request, Response, json_response
from pingconf.sandbox.pingone_propagation import create_revision
from pingconf.sandbox.service import serve
from tests import canary

Json: TypeAlias = dict[str, Any]
Mishap: TypeAlias = Literal["refused", "lost", "down"]
"""A write that is answered 500 and not done; one that is done but never answered; that and all after it."""

EXAMPLES: Final = Path(__file__).resolve().parents[2] / "examples"
MARKER: Final = "[pingconf:"


@dataclass(frozen=True, slots=True)
class Call:
    """One request that a service received."""

    method: str
    path: str
    body: Any
    content_type: str
    status: int

    @property
    def asks_for_token(self) -> bool:
        return self.path.endswith(("/as/token", "/login", "/select-organization"))

    @property
    def reads(self) -> bool:
        return self.method in ("GET", "HEAD") or self.asks_for_token

    @property
    def line(self) -> str:
        """Method and path, without the environment and with ids left out."""
        parts = self.path.partition("/environments/")[2].split("/")[1:] or self.path.strip("/").split("/")
        shown = ["*" if len(part) == 36 and part.count("-") == 4 else part for part in parts]
        return f"{self.method} /{'/'.join(shown)}"


class AnswerLost(Exception):
    """The line broke after the request was carried out."""


@dataclass
class Wire:
    """Stands before a world: notes every request, breaks the one it is told to, and lets witnesses look."""

    world: World
    stand_in: World
    calls: list[Call] = field(default_factory=list)
    after_write: Callable[[World], None] = lambda world: None
    on_read: Callable[[Request], Response | None] = lambda request: None
    """Sees each look as it comes, and may answer in the place of the service."""
    complaints: list[AssertionError] = field(default_factory=list)
    _mishap: Mishap | None = None
    _left: int = 0

    def break_write(self, number: int, mishap: Mishap) -> None:
        """Let the write of this number, counted from now and from 1, go wrong."""
        self._mishap, self._left = mishap, number

    def mend(self) -> bool:
        """All goes well again; whether the mishap ever came."""
        came = self._mishap is not None and self._left <= 0
        self._mishap = None
        return came

    def __call__(self, world: World, request: Request) -> Response:
        played = self.world if world is self.stand_in else world
        writes = not _note(request, 0).reads
        if writes and self._mishap is not None:
            self._left -= 1
            if self._breaks("refused") or self._breaks("down"):
                answer = json_response(500, {"code": "UNEXPECTED_ERROR", "message": "An error occurred."})
                self.calls.append(_note(request, 500))
                return answer
        instead = None if writes else self.on_read(request)
        answer = instead or serve(played, request)
        self.calls.append(_note(request, answer.status))
        if writes:
            self._look(played)
            if self._breaks("lost"):
                raise AnswerLost
        return answer

    def _look(self, world: World) -> None:
        """This is the server's thread, where a failed assertion would end nothing but the connection."""
        try:
            self.after_write(world)
        except AssertionError as complaint:
            self.complaints.append(complaint)

    def _breaks(self, mishap: Mishap) -> bool:
        return self._mishap == mishap and (self._left == 0 or (mishap == "down" and self._left < 0))

    @property
    def writes(self) -> list[Call]:
        return [call for call in self.calls if not call.reads]

    @property
    def lines(self) -> list[str]:
        """What was written, a line per request."""
        return [call.line for call in self.writes]


def _note(request: Request, status: int) -> Call:
    kind = request.headers.get("content-type", "")
    body: Any = request.body.decode()
    if body and "json" in kind:
        body = json.loads(body)
    return Call(request.method, request.path, body or None, kind, status)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Stdout, all of it, as one JSON document."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Stdout as one JSON document per line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def said(self) -> str:
        return f"exit code {self.code}\n{self.out}\n{self.err}"


@dataclass(frozen=True, slots=True)
class Moment:
    """A world and a folder to come back to."""

    world: Json
    file: bytes
    state: bytes | None


@dataclass
class Stage:
    """A folder with one file, and whoever answers behind it."""

    folder: Path
    read_output: Callable[[], tuple[str, str]]
    wire: Wire
    url: str
    options: tuple[str, ...] = ()
    secrets: list[str] = field(default_factory=list)
    """Token texts that were seen at a service, for a search."""

    @property
    def world(self) -> World:
        return self.wire.world

    @property
    def file(self) -> Path:
        return self.folder / "pingconf.yaml"

    def document(self) -> Json:
        document: Json = yaml.safe_load(self.file.read_text("utf-8"))
        return document

    def write(self, document: Json) -> None:
        plain = json.loads(json.dumps(document))  # no value stands in two places, so there are no aliases
        self.file.write_text(yaml.safe_dump(plain, sort_keys=False), "utf-8")

    def edit(self, path: str, value: Any) -> None:
        """Set one key of the file by its dotted path; None removes it."""
        document = self.document()
        *way, last = path.split(".")
        place = document
        for name in way:
            place = place.setdefault(name, {})
        if value is None:
            del place[last]
        else:
            place[last] = value
        self.write(document)

    def run(self, *arguments: str, expect: int | None = 0) -> Ran:
        """Run one command in this process; its exit code must be the expected one, if one is given."""
        self.read_output()
        self.wire.calls.clear()
        code = run([*self.options, *arguments])
        ran = Ran(code, *self.read_output())
        canary.watch_output(ran.out + ran.err, f"pingconf {' '.join(arguments)}")
        assert "Traceback" not in ran.err
        if self.wire.complaints:
            raise self.wire.complaints[0]
        assert expect is None or code == expect, ran.said()
        return ran

    def remember(self) -> Moment:
        """Both services and the folder as they are now."""
        state = self.folder / ".pingconf" / "state.json"
        return Moment(
            to_json(self.world), self.file.read_bytes(), state.read_bytes() if state.exists() else None
        )

    def return_to(self, moment: Moment) -> None:
        """Everything as it was then."""
        self.wire.world = from_json(moment.world)
        self.wire.after_write = lambda world: None
        self.file.write_bytes(moment.file)
        shutil.rmtree(self.folder / ".pingconf", ignore_errors=True)
        if moment.state is not None:
            (self.folder / ".pingconf").mkdir(mode=0o700)
            (self.folder / ".pingconf" / "state.json").write_bytes(moment.state)

    def apply(self, expect: int | None = 0) -> Ran:
        return self.run("apply", "--auto-approve", expect=expect)


def run_apart(folder: Path, environ: dict[str, str], *arguments: str) -> Ran:
    """Run one command in a process of its own."""
    command = [sys.executable, "-m", "pingconf", *arguments]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, timeout=60)
    canary.watch_output(done.stdout + done.stderr, f"pingconf {' '.join(arguments)}, apart")
    return Ran(done.returncode, done.stdout, done.stderr)


def example(name: str, url: str = "") -> Json:
    """An example as a document; with a URL, for both services there."""
    document: Json = yaml.safe_load((EXAMPLES / name / "pingconf.yaml").read_text("utf-8"))
    if url:
        document["infisical"]["url"] = url
        document["infisical"].pop("public_url", None)
        del document["pingone"]["region"]
        document["pingone"] |= {"api_url": f"{url}/v1", "auth_url": url}
    return document


def credentials(world: World) -> dict[str, str]:
    """What the administrator has in the environment; the addresses stand in the file."""
    return {
        "PINGONE_ENVIRONMENT_ID": world.environment_id,
        "PINGONE_TARGET_ENVIRONMENT_ID": world.environment_id,
        "PINGONE_CLIENT_ID": CLIENT_ID,
        "PINGONE_CLIENT_SECRET": CLIENT_SECRET,
        "INFISICAL_ORGANIZATION_ID": world.organization_id,
        "INFISICAL_TOKEN": world.admin_token(),
    }


def furnish(world: World) -> None:
    """What others keep in both services, published, and pingconf must not touch."""
    times = {"createdAt": world.stamp(), "updatedAt": world.stamp()}
    for text in ("By hand", f"Elsewhere {MARKER}0badcafe:pingone:1234abcd]"):
        token: Json = {
            "id": world.new_id(),
            "ttlDays": 0,
            "description": text,
            "orgId": world.organization_id,
        }
        world.scim_tokens[token["id"]] = {**token, **times}
    store: Json = {"id": world.new_id(), "type": "Slack", "name": "Slack", "status": "ACTIVE"}
    world.stores[store["id"]] = {**store, "managed": True, "configuration": {"TEAM": "acme"}, **times}
    create_revision(world, Request("POST", "/propagation/revisions"))
