"""The benchmark itself: it measures what it says, and says what it could not measure."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.bench.__main__ import main
from tests.bench.bench import Bench, chain
from tests.bench.generator import Group
from tests.bench.machine import Moment, others
from tests.bench.measure import PYTHON, Program, Taken, Unmeasured, in_turn
from tests.bench.parts import PARTS
from tests.bench.parts.ratelimit import Limit, hasty
from tests.bench.report import Result, beside, ratio, summary, table
from tests.bench.server import Call


def python(folder: Path, code: str, **more: float | str) -> Program:
    return Program((PYTHON, "-c", code), folder, **more)  # type: ignore[arg-type]


def test_a_process_is_measured_from_outside(tmp_path: Path) -> None:
    work = "import time; time.sleep(0.3); sum(range(3_000_000)); b = bytearray(60_000_000); print('done')"
    taken = python(tmp_path, work, says="done")()
    assert taken.wall > 0.3
    assert 0 < taken.cpu < taken.wall
    assert 60 < taken.peak < 120
    assert python(tmp_path, "pass")().peak < 40, "what this process takes counts, too"


def test_a_measured_process_has_none_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    taken = python(tmp_path, "import os; print(sorted(os.environ))")()
    assert "PATH" in taken.out
    assert "PYTHON" not in taken.out


@pytest.mark.parametrize(
    ("code", "more", "told"),
    [
        ("import sys; sys.exit('Error: no')", {}, "ended with 1 and said: Error: no"),
        ("print('something else')", {"says": "No changes."}, "ended with 0 and said: something else"),
        ("import time; time.sleep(60)", {"patience": 0.5}, "took more than 0.5 s"),
    ],
)
def test_what_did_not_do_its_work_is_not_measured(
    tmp_path: Path, code: str, more: dict[str, float | str], told: str
) -> None:
    with pytest.raises(Unmeasured, match=told):
        python(tmp_path, code, **more)()


def test_runs_take_turns_and_the_median_counts() -> None:
    order: list[str] = []

    def run(name: str, *walls: float) -> Taken:
        order.append(name)
        return Taken(walls[order.count(name) - 1], 0.0, 0.0)

    taken = in_turn({"a": lambda: run("a", 9, 1, 3, 2), "b": lambda: run("b", 0, 5, 5, 4)}, rounds=3)
    assert "".join(order) == "abababab"
    assert (taken["a"].wall, taken["b"].wall) == (2, 5)


def test_the_share_of_others_is_what_neither_idled_nor_was_ours() -> None:
    assert others(Moment(100, 50, 10), Moment(200, 90, 40)) == "30%"
    assert others(Moment(100, 50, 10), Moment(100, 50, 10)) is None


def test_a_figure_is_well_or_not_and_says_of_what_it_is_made() -> None:
    results = [
        ratio("plan 1,000", "wall / bound", 1.5, 0.6, 0.5),
        ratio("parse 1,000", "speed", 2.5, 0.1, 0.05, at_least=True),
        Result("calls", "URLs asked for twice", 0, 0, "URLs"),
        Result("validate 1,000", "wall / terraform validate", 1.0, None, told="it ended with 1"),
    ]
    assert [one.verdict for one in results] == ["ok", "over", "ok", "failed"]
    lines = table(results).splitlines()
    assert "<= 1.5 x     1.2 x  ok      600 ms / 500 ms" in lines[1]
    assert ">= 2.5 x" in lines[2]
    assert lines[4].endswith("failed  it ended with 1")
    assert (
        len({line.index(word) for line, word in zip(lines[1:], ("ok", "over", "ok", "failed"), strict=True)})
        == 1
    )
    assert summary(results) == "2 ok, 1 over, 1 failed"


def test_two_processes_are_compared_by_both_clocks() -> None:
    told = beside("plan", "wall / terraform", 0.4, Taken(0.5, 0.4, 50), Taken(2.0, 3.2, 200))
    assert (told.measured, told.verdict, told.told) == (0.25, "ok", "500 ms / 2 s; cpu 0.125 x")


def test_pages_make_the_longest_chain_once_they_are_many() -> None:
    assert [chain(size) for size in (1, 1_000, 2_000, 2_001, 10_000)] == [3, 3, 3, 4, 11]


def test_a_group_is_thirteen_lines_and_some_three_hundred_bytes() -> None:
    written = Group(1).written()
    assert written.count("\n") == 13
    assert 280 <= len(written) <= 400


def test_requests_sent_during_a_pause_are_found() -> None:
    def call(came: float, status: int = 200, retry_after: int = 0) -> Call:
        return Call(came, came, "POST", "/v1/environments/x/groups", status, retry_after)

    refused = call(10, 429, 5)
    assert hasty([call(9), refused, call(10.05), call(15.01)]) == 0
    assert hasty([refused, call(12), call(14.99), call(16)]) == 2


def test_the_first_window_costs_nothing() -> None:
    limit = Limit(100, 10.0, announced=True)
    assert [limit.bound(passed) for passed in (1, 100, 101, 300, 301)] == [0, 0, 10, 20, 30]


def test_the_parts_are_measured_and_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "figures.json"
    main(["startup", "parse", "plan", "memory", "--quick", "--json", str(report)])
    told = capsys.readouterr()
    document = json.loads(report.read_text("utf-8"))
    assert document["format_version"] == "1.0"
    assert document["about"]["python"] == sys.version.split()[0]
    assert set(document["about"]) >= {"date", "pingconf", "terraform", "libraries", "cores", "used by others"}
    rows = {row["name"]: row for row in document["results"]}
    assert rows.keys() >= {"--help", "validate the example", "parse 3", "plan 3 at 20 ms"}
    for name in ("--help", "parse 3", "plan 3 at 20 ms", "memory 3"):
        assert rows[name]["measured"] > 0, rows[name]
        assert name in told.out
    assert told.err.count("\n") == len(document["results"])


def test_a_part_nobody_knows_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["speed"])
    assert ended.value.code == 2
    assert "no such part: speed; there are startup, " in capsys.readouterr().err


@pytest.mark.soak
@pytest.mark.parametrize("name", PARTS)
def test_every_part_works(tmp_path: Path, name: str) -> None:
    results = list(PARTS[name](Bench(tmp_path / "bench", quick=True)))
    assert results
    assert [one for one in results if one.verdict == "failed"] == []
