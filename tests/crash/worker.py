"""A process that runs one command after another: `python -m tests.crash.worker NAME`.

It reads a JSON list of words per line, and answers each with a line that says how the command ended. What it
sends to the services bears its name, and it waits for nothing.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

import requests

from pingconf.cli.main import run
from pingconf.operations.interruption import Interruption


def work() -> None:
    answers = sys.stdout
    for line in sys.stdin:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = run(json.loads(line))
        answers.write(json.dumps({"code": code, "out": out.getvalue(), "err": err.getvalue()}) + "\n")
        answers.flush()


if __name__ == "__main__":
    with (
        patch.object(requests.utils, "default_user_agent", lambda *_: sys.argv[1]),
        patch.object(Interruption, "sleep", lambda *_: None),
    ):
        work()
