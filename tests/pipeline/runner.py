"""Plays GitHub: a runner that goes through action.yml as the real one does, and the API it asks.

The scripts are those of the file, run by bash as `shell: bash` does. Only the steps that use GitHub's own
actions are played, and what is installed is what is tested.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
ACTION: Final[dict[str, Any]] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
REPOSITORY: Final = "acme/access"
TOKEN: Final = "ghs_token_of_the_job"
_EXPRESSION: Final = re.compile(r"\$\{\{ *([\w.-]+) *\}\}")
_OUTPUT: Final = re.compile(r"(?ms)^([\w-]+)(?:=([^\n]*)|<<(\w+)\n(.*?)\n\3)$")


@dataclass
class Hub:
    """What GitHub keeps: pull requests by the commit that merged them, artifacts, comments."""

    pulls: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    artifacts: list[dict[str, Any]] = field(default_factory=list)
    contents: dict[int, Path] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    fails: int = 0
    """The status of every answer, if it is not 0."""

    def upload(self, name: str, head: str, file: Path, *, fork: bool = False, expired: bool = False) -> None:
        number = len(self.artifacts) + 1
        run = {
            "id": 900 + number,
            "repository_id": 1,
            "head_repository_id": 2 if fork else 1,
            "head_sha": head,
        }
        row = {"id": number, "name": name, "expired": expired, "workflow_run": run}
        self.artifacts.append({**row, "created_at": f"2026-01-01T00:00:{number:02}Z"})
        self.contents[number] = file

    def merge(self, commit: str, head: str) -> None:
        self.pulls[commit] = [{"merged_at": "2026-01-01", "merge_commit_sha": commit, "head": {"sha": head}}]

    def answer(self, method: str, path: str, query: Mapping[str, list[str]], body: Any) -> Any:
        """The answer of one route, or None."""
        path = path.removeprefix(f"/repos/{REPOSITORY}/")
        if method == "GET" and (found := re.fullmatch(r"commits/(\w+)/pulls", path)):
            return self.pulls.get(found[1], [])
        if (method, path) == ("GET", "actions/artifacts"):
            named = [one for one in self.artifacts if one["name"] == query["name"][0]]
            return {"total_count": len(named), "artifacts": named}
        if (method, path) == ("GET", "issues/7/comments"):
            page = int(query["page"][0])
            return self.comments[100 * (page - 1) : 100 * page]
        if (method, path) == ("POST", "issues/7/comments"):
            return self.say(body["body"], "Bot")
        if method == "PATCH" and (found := re.fullmatch(r"issues/comments/(\d+)", path)):
            comment = next(one for one in self.comments if one["id"] == int(found[1]))
            comment["body"] = body["body"]
            return comment
        return None

    def say(self, body: str, kind: str) -> dict[str, Any]:
        """Somebody comments on pull request 7."""
        comment = {"id": len(self.comments) + 1, "body": body, "user": {"type": kind}}
        self.comments.append(comment)
        return comment


@contextmanager
def serving(hub: Hub) -> Iterator[str]:
    """The API on loopback; its URL."""

    class Answering(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            split = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            hub.calls.append(f"{self.command} {split.path.removeprefix(f'/repos/{REPOSITORY}/')}")
            allowed = self.headers.get("Authorization") == f"Bearer {TOKEN}"
            answer = hub.answer(self.command, split.path, parse_qs(split.query), body) if allowed else None
            self.send_response(hub.fails or (404 if answer is None else 200))
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_GET = do_POST = do_PATCH = handle_any

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Run:
    """What became of the action."""

    code: int = 0
    log: str = ""
    ran: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""

    @property
    def masked(self) -> list[str]:
        """What the runner would hide from then on, as it reads it."""
        found = re.findall(r"(?m)^::add-mask::(.*)$", self.log)
        return [one.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%") for one in found]


@dataclass
class Job:
    """A checked out repository, an event, and credentials in the environment."""

    hub: Hub
    api: str
    folder: Path
    temp: Path
    event: dict[str, Any] = field(default_factory=dict)
    event_name: str = "push"
    sha: str = "c0ffee"
    environ: dict[str, str] = field(default_factory=dict)

    def pull_request(self, head: str) -> None:
        self.event_name = "pull_request"
        self.event = {"pull_request": {"number": 7, "head": {"sha": head}}}

    def push(self, sha: str) -> None:
        self.event_name, self.event, self.sha = "push", {}, sha

    def use(self, **inputs: str) -> Run:
        """Go through the steps, up to the first that fails."""
        shutil.rmtree(self.temp, ignore_errors=True)
        self.temp.mkdir()
        (self.temp / "event.json").write_text(json.dumps(self.event))
        steps: dict[str, dict[str, str]] = {"install": {"home": sys.prefix}}
        given = {name: one.get("default", "") for name, one in ACTION["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        run = Run()
        for step in ACTION["runs"]["steps"]:
            if step.get("id") == "install" or not self._applies(step.get("if", ""), given, steps):
                continue
            run.ran.append(step["name"])
            told = self._uses(step, given, steps) if "uses" in step else self._runs(step, given, steps, run)
            steps[step.get("id", step["name"])] = told
            if run.code:
                break
        ended = {name: self._fill(one["value"], given, steps) for name, one in ACTION["outputs"].items()}
        run.outputs = {name: value for name, value in ended.items() if value}
        summary = self.temp / "summary.md"
        run.summary = summary.read_text("utf-8") if summary.exists() else ""
        return run

    def _value(self, name: str, inputs: Mapping[str, str], steps: Mapping[str, dict[str, str]]) -> str:
        match name.split("."):
            case ["inputs", key]:
                return self._fill(inputs[key], inputs, steps)
            case ["steps", step, "outputs", key]:
                return steps.get(step, {}).get(key, "")
            case ["github", "event", *keys]:
                value: Any = self.event
                for key in keys:
                    value = value[key]
                return str(value)
        known = {"github.token": TOKEN, "github.event_name": self.event_name, "runner.temp": str(self.temp)}
        return known[name]

    def _fill(self, text: str, inputs: Mapping[str, str], steps: Mapping[str, dict[str, str]]) -> str:
        return _EXPRESSION.sub(lambda found: self._value(found[1], inputs, steps), text)

    def _applies(
        self, condition: str, inputs: Mapping[str, str], steps: Mapping[str, dict[str, str]]
    ) -> bool:
        """Conditions are comparisons, all of which must hold."""
        for part in filter(None, condition.split(" && ")):
            name, operator, text = part.split(" ")
            equal = self._value(name, inputs, steps) == text.strip("'")
            if equal != (operator == "=="):
                return False
        return True

    def _runs(
        self, step: dict[str, Any], inputs: Mapping[str, str], steps: Mapping[str, dict[str, str]], run: Run
    ) -> dict[str, str]:
        assert step["shell"] == "bash"
        output = self.temp / "output"
        output.write_text("")
        script = self.temp / "script.sh"
        script.write_text(step["run"])
        environ = {
            **{name: os.environ[name] for name in ("PATH", "HOME")},
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.api,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SHA": self.sha,
            "GITHUB_EVENT_NAME": self.event_name,
            "GITHUB_EVENT_PATH": str(self.temp / "event.json"),
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary.md"),
            "GITHUB_WORKSPACE": str(self.folder),
            "RUNNER_TEMP": str(self.temp),
            **self.environ,
            **{name: self._fill(value, inputs, steps) for name, value in step.get("env", {}).items()},
        }
        folder = self.folder / self._fill(step.get("working-directory", "."), inputs, steps)
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        done = subprocess.run(
            command, cwd=folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120
        )
        run.log += done.stdout.decode()
        run.code = done.returncode
        return {found[1]: found[2] or found[4] or "" for found in _OUTPUT.finditer(output.read_text("utf-8"))}

    def _uses(
        self, step: dict[str, Any], inputs: Mapping[str, str], steps: Mapping[str, dict[str, str]]
    ) -> dict[str, str]:
        given = {name: self._fill(str(value), inputs, steps) for name, value in step["with"].items()}
        if step["uses"].startswith("actions/upload-artifact@"):
            kept = self.temp.parent / f"artifact-{len(self.hub.artifacts)}" / Path(given["path"]).name
            kept.parent.mkdir()
            shutil.copy(given["path"], kept)
            self.hub.upload(given["name"], self.event["pull_request"]["head"]["sha"], kept)
        else:
            assert step["uses"].startswith("actions/download-artifact@")
            number = int(given["artifact-ids"])
            assert self.hub.artifacts[number - 1]["workflow_run"]["id"] == int(given["run-id"])
            Path(given["path"]).mkdir()
            shutil.copy(self.hub.contents[number], given["path"])
        return {}
