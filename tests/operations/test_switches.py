"""The switches of the embedded services, as `sandbox serve` takes and lists them."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from pingconf.cli.main import run
from pingconf.model.errors import PingconfError, UsageError
from pingconf.operations import serve
from pingconf.operations.switches import all_switches, read_switches
from pingconf.sandbox import Switches, World


def test_the_help_lists_every_switch_with_what_it_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sandbox", "serve", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for one in all_switches():
        assert f"{one.name}={'|'.join(one.values) or 'N'}" in text
        assert len(one.about) > 20
    assert {one.name for one in all_switches()} == {field.name for field in fields(Switches)}


def test_each_answer_can_be_given() -> None:
    for one in all_switches():
        for value in one.values or ("3",):
            read = getattr(read_switches([f"{one.name}={value}"]), one.name)
            assert str(read).lower() == value
            assert type(read) is type(getattr(Switches(), one.name))


def test_the_last_one_of_a_name_counts() -> None:
    assert read_switches(["list_lag=1", "test_failure=200", "list_lag=2"]) == replace(
        Switches(), list_lag=2, test_failure="200"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("list_lag", "--switch takes NAME=VALUE, not list_lag"),
        ("lag=1", "--switch takes NAME=VALUE, not lag=1"),
        ("list_lag=-1", "--switch list_lag takes a whole number, not -1"),
        ("list_lag=1000000000", "--switch list_lag takes a whole number, not 1000000000"),
        ("test_failure=500", "--switch test_failure takes 400, 200, not 500"),
        ("list_counts=False", "--switch list_counts takes true, false, not False"),
    ],
)
def test_a_wrong_answer_is_told(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_switches([text])
    assert caught.value.headline == said


def test_what_is_served_answers_so(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[World] = []

    def taken(world: World, port: int) -> None:
        served.append(world)
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(serve, "LoopbackServer", taken)
    with pytest.raises(PingconfError, match="Cannot listen"):
        serve.serve_until_interrupted(1, Path("ready"), ["list_lag=2"], lambda environment: None)
    assert served[0].switches == Switches(list_lag=2)
