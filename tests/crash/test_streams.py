"""Whoever reads along may go away, or never have been there: an apply is not ended half-way by that."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from pingconf.sandbox import Request, Response
from tests.crash.served import Answer, Served, ended

FORMS: dict[str, tuple[str, ...]] = {"text": (), "json": ("--json",)}
FULL = Path("/dev/full")

any_form = pytest.mark.parametrize("form", FORMS)
full_disk = pytest.mark.skipif(not FULL.exists(), reason="only Linux has a disk that is always full")


@contextmanager
def nobody() -> Iterator[int]:
    """The writing end of a pipe whose reader has gone."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        yield writing
    finally:
        os.close(writing)


@any_form
@pytest.mark.parametrize("deaf", ["stdout", "stderr", "stdout and stderr"])
def test_nobody_reads(form: str, deaf: str, served: Served) -> None:
    with nobody() as gone:
        out, err = (gone if name in deaf else subprocess.PIPE for name in ("stdout", "stderr"))
        process = served.start("apply", "--auto-approve", *FORMS[form], stdout=out, stderr=err)
        code, _, told = ended(process)
    assert code == 0, told
    assert "Error" not in told
    served.assert_settled()


@any_form
@pytest.mark.parametrize("together", [False, True], ids=["", "stderr too"])
def test_the_reader_goes_after_the_first_line(form: str, together: bool, served: Served) -> None:
    """As `| head -1` does, and `2>&1 | head -1`; no write is sent before it has gone."""
    gone = Event()
    err = subprocess.STDOUT if together else subprocess.PIPE
    process = served.start("apply", "--auto-approve", *FORMS[form], stderr=err)

    def hold_writes(request: Request, answer: Answer) -> Response:
        if served.writes:
            assert gone.wait(60)
        return answer()

    served.on_request = hold_writes
    assert process.stdout
    assert process.stdout.readline()
    process.stdout.close()
    gone.set()
    process.stdout = None
    code, _, told = ended(process)
    assert code == 0, told
    assert "Error" not in told
    served.assert_settled()


@any_form
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_was_closed_before_the_start(form: str, closed: str, served: Served) -> None:
    """Some services and cron jobs start programs so. No file of ours takes the number of such a stream."""
    before = ("sh", "-c", f'exec "$@" {closed}', "sh")
    code, _, told = ended(served.start("apply", "--auto-approve", "-v", *FORMS[form], before=before))
    assert code == 0, told
    served.assert_settled()


@full_disk
@any_form
def test_a_full_disk_takes_no_result(form: str, served: Served) -> None:
    """All is done, and the exit code says that something is missing."""
    with FULL.open("w") as full:
        code, _, told = ended(served.start("apply", "--auto-approve", "-q", *FORMS[form], stdout=full))
    assert code == 1
    assert told.lstrip() == (
        "Error: Cannot write to the standard output: No space left on device\n"
        "  All was done but that: what is missing is the result.\n"
    )
    served.assert_settled()


@full_disk
def test_a_full_disk_takes_no_progress(served: Served) -> None:
    with FULL.open("w") as full:
        code, out, _ = ended(served.start("apply", "--auto-approve", stderr=full))
    assert code == 0
    assert out.endswith("\nApply complete! 6 added, 1 changed, 0 destroyed.\n")
    served.assert_settled()


@full_disk
@pytest.mark.parametrize("words", ["plan --json", "plan --detailed-exitcode", "validate"])
def test_half_a_document_is_no_success(words: str, served: Served) -> None:
    with FULL.open("w") as full:
        code, _, told = ended(served.start(*words.split(), stdout=full))
    assert code == 1
    assert "Error: Cannot write to the standard output: No space left on device\n" in told


@pytest.mark.parametrize("words", ["validate", "plan", "plan --json"])
def test_a_look_that_nobody_sees_is_no_fault(words: str, served: Served) -> None:
    with nobody() as gone:
        code, _, told = ended(served.start(*words.split(), stdout=gone))
    assert (code, told) == (0, "")


@pytest.mark.parametrize("answer", ["", "no\n", "yes please\n", "\udcff\n"])
def test_only_yes_is_an_answer(answer: str, served: Served) -> None:
    process = served.start("apply", stdin=subprocess.PIPE)
    code, _, told = ended(process, answer)
    assert code == 1
    assert told.endswith("Apply cancelled; nothing was changed.\n")
    assert served.writes == []


def test_nobody_can_be_asked(served: Served) -> None:
    code, _, told = ended(served.start("apply", before=("sh", "-c", 'exec "$@" <&-', "sh")))
    assert code == 1
    assert told.endswith("Apply cancelled; nothing was changed.\n")
    assert served.writes == []


def test_the_question_is_lost_and_the_answer_counts(served: Served) -> None:
    """`yes yes | pingconf apply` with nobody at stderr."""
    with nobody() as gone:
        process = served.start("apply", stdin=subprocess.PIPE, stderr=gone)
        code, out, _ = ended(process, "yes\n")
    assert (code, out.splitlines()[-1]) == (0, "Apply complete! 6 added, 1 changed, 0 destroyed.")
    served.assert_settled()
