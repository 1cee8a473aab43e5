"""One run at a time: who comes second is told who works, may wait, and can clear up after the dead."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.backends.holder import held_elsewhere, holder_id, left_by_a_dead_run
from tests.e2e.makers import Stage
from tests.e2e.witness import assert_settled


def state(stage: Stage) -> Path:
    return stage.folder / ".pingconf" / "state.json"


@pytest.mark.parametrize("command", ["apply", "destroy", "rotate"])
def test_who_comes_second_is_told_who_works(applied: Stage, command: str) -> None:
    with held_elsewhere(state(applied)) as child:
        ran = applied.run(command, "--auto-approve", expect=6)
        id = holder_id(state(applied))
    assert applied.wire.calls == []
    assert ran.out == ""
    assert re.fullmatch(
        rf"Error: State .*/state\.json is locked by another run\n"
        rf"  Held by \S+ on \S+, process {child.pid}, since 20\S+: pingconf apply\n"
        rf"  Its id: {id}\n"
        rf"  Wait for it to end, or let this run wait with --lock-timeout SECONDS\.\n",
        ran.err.lstrip(),
    ), ran.err


def test_the_advice_holds(services: Stage) -> None:
    with held_elsewhere(state(services), 0.3):
        services.run("apply", "--auto-approve", "--lock-timeout", "60")
    assert_settled(services)


def test_waiting_has_an_end(services: Stage) -> None:
    with held_elsewhere(state(services)):
        services.run("apply", "--auto-approve", "--lock-timeout", "0.1", expect=6)
    services.run("apply", "--auto-approve", "--lock-timeout", "-1", expect=64)
    assert services.wire.calls == []


def test_a_look_needs_no_lock(applied: Stage) -> None:
    with held_elsewhere(state(applied)):
        applied.run("plan", "--detailed-exitcode")
        applied.run("drift")
        applied.run("state", "list")


@pytest.mark.parametrize("words", ["mv pingone.rules.employees pingone.rules.staff", "rm pingone.plan"])
def test_nobody_edits_the_state_meanwhile(applied: Stage, words: str) -> None:
    before = state(applied).read_bytes()
    with held_elsewhere(state(applied)):
        applied.run("state", *words.split(), expect=6)
    assert state(applied).read_bytes() == before


def test_unlock_after_a_death(services: Stage) -> None:
    id = left_by_a_dead_run(state(services))
    assert services.run("unlock", id).out == "Unlocked.\n"
    assert services.run("unlock", id).out == "It is not locked.\n"
    services.apply()


def test_a_death_needs_no_unlock(services: Stage) -> None:
    """The kernel frees the lock; what is left of it names a run that nobody waits for."""
    left_by_a_dead_run(state(services))
    services.apply()
    assert_settled(services)


def test_unlock_is_no_way_to_end_a_run(services: Stage) -> None:
    with held_elsewhere(state(services)) as child:
        ran = services.run("unlock", holder_id(state(services)), expect=6)
        assert f"process {child.pid}, since 20" in ran.err
        services.run("apply", "--auto-approve", expect=6)


def test_unlock_names_both_ids(services: Stage) -> None:
    id = left_by_a_dead_run(state(services))
    ran = services.run("unlock", "0badcafe", expect=6)
    assert f"has another id: {id}, not 0badcafe\n" in ran.err
    assert services.run("unlock", id).out == "Unlocked.\n"
